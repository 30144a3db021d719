import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { LiveChanges } from '#contract/file.ts'
import { Button } from '../../components/button.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { work } from '../../data/work.ts'
import { formatBytes, plural } from '../../lib/text.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** What is older than this when somebody comes to see it is read again. */
const oldMs = 15_000

/** How old the changes of a working agent are, what is missing from them, and reading them again. */
export function LiveLine(props: { workKey: string }): JSX.Element {
  const entry = () => work.live.get(props.workKey)
  const [isReading, setReading] = createSignal(false)
  let isGone = false
  onCleanup(() => (isGone = true))
  const read = async (): Promise<void> => {
    setReading(true)
    await work.live.refresh(props.workKey)
    if (!isGone) setReading(false)
  }
  createEffect(
    on(
      () => props.workKey,
      (key) => {
        const at = work.live.peek(key)?.at
        if (at !== undefined && Date.now() - at > oldMs) void read()
      },
    ),
  )
  useActions(() => [
    {
      id: 'changes.refresh',
      label: 'Refresh the changes',
      group: 'Changes',
      disabled: isReading() && 'They are being read.',
      run: () => void read(),
    },
  ])
  return (
    <div class="flex items-center gap-3 px-4 py-1 min-h-9 rule flex-none t2 text-small">
      <div class="flex-1 min-w-0 flex flex-wrap gap-x-3 gap-y-0.5">
        <Show when={entry().at} fallback={<span>Reading its files</span>}>
          {(at) => (
            <span title={formatExact(at())}>
              {entry().value?.running === false
                ? 'Its container has ended. As it left its files, read '
                : 'Before it hands in, as of '}
              {formatAgo(at(), now())}
            </span>
          )}
        </Show>
        <Show when={entry().value} keyed>
          {(known) => <LeftOut changes={known} />}
        </Show>
      </div>
      <Button small busy={isReading()} onClick={() => void read()}>
        {isReading() ? 'Reading' : 'Refresh'}
      </Button>
    </div>
  )
}

const reasons: Record<LiveChanges['skipped'][number]['reason'], string> = {
  large: 'too large',
  many: 'more than is shown at once',
  repository: 'a repository of its own',
}

function LeftOut(props: { changes: LiveChanges }): JSX.Element {
  const names = (): string =>
    props.changes.skipped
      .slice(0, 3)
      .map(
        ({ path, size, reason }) =>
          `${path} (${reason === 'large' ? formatBytes(size) : reasons[reason]})`,
      )
      .join(', ')
  const more = (): number => props.changes.left_out - Math.min(3, props.changes.skipped.length)
  return (
    <Show when={props.changes.left_out > 0}>
      <span class="wrap-any min-w-0">
        Left out: {names()}
        {more() > 0 ? ` and ${plural(more(), 'more file', 'more files')}` : ''}
      </span>
    </Show>
  )
}
