import { A } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import type { RecoverySummary } from '#contract/recovery.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { all, store } from '../../data/store.ts'
import { load, save } from '../../lib/storage.ts'
import { formatClock } from '../../lib/time.ts'

const [seen, setSeen] = createSignal(load('restart-seen'))

/** One line after a restart that found something, until it is dismissed in this browser. Nothing has to be done about it. */
export function RestartNotice(): JSX.Element {
  const told = (): RecoverySummary | undefined => {
    const recovery = store.system.get(all).value?.recovery
    const isNews = recovery?.state === 'done' && !recovery.is_empty
    return isNews && recovery.started_at !== seen() ? recovery : undefined
  }
  return (
    <Show when={told()}>
      {(recovery) => (
        <section class="card flex items-start gap-2.5 pl-3 pr-1 py-1" aria-label="Restart">
          <Icon name="health" class="mt-[9px] lt-md:mt-[15px] t3" />
          <p class="flex-1 min-w-0 py-1.5 lt-md:py-3 wrap-any">
            Klaudio restarted at {formatClock(Date.parse(recovery().started_at))}.{' '}
            <span class="t2">{recovery().detail}</span>{' '}
            <A
              href="/doctor#restart"
              class="font-500 hover:underline inline-flex items-center min-h-6 -my-1 lt-md:min-h-11 lt-md:-my-3"
            >
              What was found
            </A>
          </p>
          <Button
            look="quiet"
            icon="close"
            label="Dismiss the note about the restart"
            onClick={() => {
              setSeen(recovery().started_at)
              save('restart-seen', recovery().started_at)
            }}
          />
        </section>
      )}
    </Show>
  )
}
