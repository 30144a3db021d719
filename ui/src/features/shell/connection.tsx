import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { storageTrouble } from '../../data/storage.ts'
import { all, getLive, isOutdated, liveState, store } from '../../data/store.ts'
import { formatClock } from '../../lib/time.ts'

const staleAfterMs = 2000
const goneAfterMs = 30_000

/** Milliseconds without a word from the server; 0 while it talks. */
export function lostFor(): number {
  const state = liveState()
  return state.kind === 'lost' ? Math.max(0, now() - state.since) : 0
}

export const isStale = (): boolean => lostFor() > staleAfterMs || goodbye() !== undefined

/** In what words the server took its leave, until it is back. */
function goodbye(): string | undefined {
  const state = liveState()
  return state.kind === 'lost' && state.goodbye ? goodbyeWords[state.goodbye] : undefined
}

const goodbyeWords = {
  leave:
    'Klaudio was stopped, or is restarting. Agents keep working in their containers; this page goes on by itself.',
  pause:
    'Klaudio was stopped and paused its agents; their work is saved. They and this page go on by themselves when it starts again.',
} as const

/** Above every page: how old what is shown may be, and what is missing on this machine. */
export function ConnectionBar(): JSX.Element {
  const since = (): number => {
    const state = liveState()
    return state.kind === 'lost' ? state.since : now()
  }
  const engine = (): string | undefined => {
    const system = store.system.get(all).value
    const detail = system?.engine.state === 'unreachable' ? system.engine.detail : undefined
    return detail?.replace(/\.?$/, '.')
  }
  useActions(() =>
    isStale()
      ? [
          {
            id: 'connection.retry',
            label: 'Retry the connection',
            group: 'View',
            run: () => getLive()?.retry(),
          },
        ]
      : [],
  )
  return (
    <div role="status" aria-live="polite" class="flex-none">
      <Show when={isStale()}>
        <div class="row flex-wrap px-4 md:px-5 py-1.5 bg-bg2 rule t2">
          <Glyph name="unknown" />
          <Show
            when={goodbye() ?? lostFor() > goneAfterMs}
            fallback={
              <span>
                Reconnecting. You see data from {formatClock(since(), { seconds: true })}.
              </span>
            }
          >
            <span class="flex-1">
              {goodbye() ??
                `Klaudio stopped answering at ${formatClock(since(), { seconds: true })}. Agents keep running in their containers.`}
            </span>
            <Button small onClick={() => getLive()?.retry()}>
              Retry
            </Button>
          </Show>
        </div>
      </Show>
      <Show when={isOutdated()}>
        <div class="row px-4 md:px-5 py-1.5 bg-bg2 rule t2">
          <span class="flex-1">Klaudio was updated. This page is of the version before.</span>
          <Button small onClick={() => location.reload()}>
            Reload
          </Button>
        </div>
      </Show>
      <Show when={!isStale() && storageTrouble()}>
        {(detail) => (
          <div class="row flex-wrap px-4 md:px-5 py-1.5 bg-fail-tint text-fail rule">
            <Glyph name="fail" />
            <span class="flex-1 min-w-[200px]">{detail()}</span>
            <A
              href="/settings/retention"
              class="font-500 underline flex items-center min-h-11 -my-1.5 md:min-h-6 md:my-0"
            >
              What is kept
            </A>
          </div>
        )}
      </Show>
      <Show when={!isStale() && engine()}>
        {(detail) => (
          <div class="row px-4 md:px-5 py-1.5 bg-fail-tint text-fail rule">
            <Glyph name="fail" />
            <span class="flex-1 min-w-0 wrap-any">
              {detail()} Until it answers no task can be started.
            </span>
          </div>
        )}
      </Show>
    </div>
  )
}
