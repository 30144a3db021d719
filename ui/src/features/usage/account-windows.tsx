import { For, type JSX } from 'solid-js'
import type { UsageWindow } from '#contract/usage.ts'
import { Meter } from '../../components/meter.tsx'
import { now } from '../../data/clock.ts'
import { windowName } from '../../lib/limit-words.ts'
import { formatClock, formatExact, formatSpan } from '../../lib/time.ts'

const dayMs = 86_400_000

/** How much of each window of the Claude account is used, and when it begins anew. */
export function AccountWindows(props: { windows: readonly UsageWindow[] }): JSX.Element {
  return (
    <ul class="col gap-3">
      <For each={props.windows}>
        {(window) => (
          <li class="col gap-1.5">
            <div class="row">
              <span class="t2 flex-1 clip">{windowName(window.name)} window</span>
              <span class="font-500">{used(window)}</span>
              <Reset window={window} />
            </div>
            <Meter
              label={`${windowName(window.name)} window, used`}
              value={share(window)}
              isFull={window.status === 'rejected'}
            />
          </li>
        )}
      </For>
    </ul>
  )
}

const share = ({ status, utilization }: UsageWindow): number =>
  utilization ?? (status === 'rejected' ? 1 : 0)

function used({ status, utilization }: UsageWindow): string {
  if (utilization !== undefined) return `${Math.round(utilization * 100)}%`
  if (status === 'rejected') return 'Used up'
  return status === 'allowed_warning' ? 'Nearly used up' : 'Has room'
}

function Reset(props: { window: UsageWindow }): JSX.Element {
  const at = (): number => Date.parse(props.window.resets_at ?? '')
  const words = (): string => {
    const left = at() - now()
    if (Number.isNaN(left)) return ''
    return left < dayMs ? `resets ${formatClock(at())}` : `resets in ${formatSpan(left)}`
  }
  return (
    <span class="t3 text-small whitespace-nowrap" title={formatExact(at())}>
      {words()}
    </span>
  )
}
