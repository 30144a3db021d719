import { createMemo, type JSX, Show } from 'solid-js'
import { Bars } from '../../components/bars.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { now } from '../../data/clock.ts'
import { midnight, usage } from '../../data/usage.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatClock, formatHour } from '../../lib/time.ts'
import { AccountWindows } from './account-windows.tsx'

const hoursOfDay = 24
const hourMs = 3_600_000

/** What agents have cost since midnight, hour by hour, and what is left of the account. */
export function Spending(): JSX.Element {
  const entry = usage.now
  const start = createMemo(() => midnight(now()))
  const hours = () => (entry().value?.hours ?? []).filter(({ from }) => Date.parse(from) >= start())
  const cost = (): number => hours().reduce((sum, { cost_usd }) => sum + cost_usd, 0)
  const title = (from: string, usd: number): string =>
    `${formatClock(Date.parse(from))}: ${formatMoney(usd)}`
  return (
    <>
      <section aria-label="Today">
        <h2 class="h-part px-0.5 pb-2">Today</h2>
        <div class="card">
          <Loaded
            entry={entry()}
            onRetry={usage.refresh}
            skeleton={<Skeleton rows={1} height={110} />}
          >
            {() => (
              <div class="p-3 col gap-2.5">
                <div class="flex items-baseline gap-2">
                  <span class="text-display font-600 tracking-[-0.02em] whitespace-nowrap">
                    {formatMoney(cost())}
                  </span>
                  <span class="flex-1" />
                  <span class="t3 text-small">per hour</span>
                </div>
                <Bars
                  height={32}
                  room={hoursOfDay}
                  isLive
                  label={`Cost of each hour: ${hours()
                    .filter(({ cost_usd }) => cost_usd > 0)
                    .map(({ from, cost_usd }) => title(from, cost_usd))
                    .join(', ')}`}
                  values={hours().map(({ from, cost_usd }) => ({
                    title: title(from, cost_usd),
                    value: cost_usd,
                  }))}
                />
                <div class="flex justify-between t3 text-micro" aria-hidden="true">
                  <span>{formatHour(start())}</span>
                  <span>{formatHour(start() + 12 * hourMs)}</span>
                  <span>{formatHour(start() + 24 * hourMs)}</span>
                </div>
              </div>
            )}
          </Loaded>
        </div>
      </section>
      <Show when={entry().value?.windows.length}>
        <section aria-label="Claude usage">
          <h2 class="h-part px-0.5 pb-2">Claude usage</h2>
          <div class="card p-3">
            <AccountWindows windows={entry().value?.windows ?? []} />
          </div>
        </section>
      </Show>
    </>
  )
}
