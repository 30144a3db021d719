import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import type { TaskUsage, UsageSpan } from '#contract/usage.ts'
import { Bars } from '../../components/bars.tsx'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { createListKeys } from '../../data/keys.ts'
import { usage } from '../../data/usage.ts'
import { formatCount, formatMoney, plural } from '../../lib/text.ts'
import { formatClock, formatDuration, formatExact } from '../../lib/time.ts'
import { countTokens, toCsv, tokenKinds } from '../../lib/usage-words.ts'
import { AccountWindows } from './account-windows.tsx'
import { AgentCosts, ModelCosts } from './cost-tables.tsx'

/** What a task has cost, of what, by whom and when. */
export function CostTab(props: { task: Task }): JSX.Element {
  createListKeys('[data-row]')
  const entry = () => usage.task.get(props.task.id)
  return (
    <div class="page pt-4 flex-1 min-h-0 overflow-auto">
      <Loaded
        entry={entry()}
        onRetry={() => void usage.task.refresh(props.task.id)}
        skeleton={<Skeleton rows={5} height={68} />}
      >
        {(known) => (
          <Show
            when={known().agents.length > 0}
            fallback={
              <div class="card">
                <Empty>
                  Nothing spent yet. Tokens, turns and cost of every agent appear here as its turns
                  end.
                </Empty>
              </div>
            }
          >
            <div class="col gap-6 max-w-[1120px]">
              <Sums task={props.task} usage={known()} />
              <OverTime usage={known()} />
              <AgentCosts task={props.task} agents={known().agents} />
              <Show when={known().models.length > 1}>
                <ModelCosts models={known().models} />
              </Show>
              <Account />
            </div>
          </Show>
        )}
      </Loaded>
    </div>
  )
}

function Sums(props: { task: Task; usage: TaskUsage }): JSX.Element {
  const worked = (): number =>
    props.usage.agents.reduce((sum, { duration_ms }) => sum + (duration_ms ?? 0), 0)
  const figures = (): [string, string][] => [
    [String(props.usage.turns), props.usage.turns === 1 ? 'turn' : 'turns'],
    [String(props.usage.tool_calls), props.usage.tool_calls === 1 ? 'tool call' : 'tool calls'],
    [formatCount(countTokens(props.usage.usage)), 'tokens'],
    [formatDuration(worked()), 'of agents’ time'],
  ]
  const limit = (): number | undefined => props.task.limits.max_cost_usd
  return (
    <section aria-label="In all" class="card p-4 col gap-4">
      <div class="flex flex-wrap items-baseline gap-x-6 gap-y-2">
        <span class="text-display font-600 tracking-[-0.02em]">
          {formatMoney(props.usage.cost_usd)}
        </span>
        <For each={figures()}>
          {([value, words]) => (
            <span class="whitespace-nowrap">
              <span class="font-500">{value}</span> <span class="t3">{words}</span>
            </span>
          )}
        </For>
        <span class="flex-1" />
        <CopyButton text={toCsv(props.usage)} label="Copy as CSV" look="plain">
          Copy as CSV
        </CopyButton>
      </div>
      <Tokens usage={props.usage} />
      <p class="t3 text-small">
        Calculated by Claude Code at API prices, and counted when a turn ends. On a subscription it
        is an estimate of what the API would have cost.
        <Show when={limit()}>{(usd) => <> Each agent may cost {formatMoney(usd())}.</>}</Show>
      </p>
    </section>
  )
}

const shades = ['bg-bg3', 'bg-ctl', 'bg-tx3', 'bg-tx1']

/** What the tokens were, in one bar; its parts are named below it. */
function Tokens(props: { usage: TaskUsage }): JSX.Element {
  const total = (): number => Math.max(1, countTokens(props.usage.usage))
  const percent = (count: number): number => (count / total()) * 100
  return (
    <div class="col gap-2">
      <div class="paints flex h-2.5 gap-px rounded-full overflow-hidden" aria-hidden="true">
        <For each={tokenKinds}>
          {([key], at) => (
            <Show when={props.usage.usage[key] > 0}>
              <i
                class={`block min-w-[3px] ${shades[at()]}`}
                style={{ width: `${percent(props.usage.usage[key])}%` }}
              />
            </Show>
          )}
        </For>
      </div>
      <dl class="grid grid-cols-1 min-[360px]:grid-cols-2 md:flex md:flex-wrap gap-x-6 gap-y-1.5">
        <For each={tokenKinds}>
          {([key, name], at) => (
            <div class="row">
              <i
                class={`paints w-2 h-2 rounded-[2px] flex-none ${shades[at()]}`}
                aria-hidden="true"
              />
              <dt class="t3 whitespace-nowrap">{name}</dt>
              <dd class="font-500" title={props.usage.usage[key].toLocaleString()}>
                {formatCount(props.usage.usage[key])}
              </dd>
            </div>
          )}
        </For>
      </dl>
    </div>
  )
}

function OverTime(props: { usage: TaskUsage }): JSX.Element {
  const [isTable, setTable] = createSignal(false)
  const spans = () => props.usage.over_time.spans
  const step = (): string => words(props.usage.over_time.span_seconds)
  const most = (): number => Math.max(0, ...spans().map(({ cost_usd }) => cost_usd))
  const at = (from: string): string =>
    props.usage.over_time.span_seconds < 86_400
      ? formatClock(Date.parse(from), { seconds: props.usage.over_time.span_seconds < 60 })
      : new Date(from).toLocaleDateString()
  const title = ({ from, cost_usd, tokens }: UsageSpan): string =>
    `${formatExact(Date.parse(from))}: ${formatMoney(cost_usd)}, ${formatCount(tokens)} tokens`
  return (
    <Show when={spans().length > 1}>
      <section aria-label="Over time">
        <div class="row px-0.5 pb-2">
          <h2 class="h-part">Over time</h2>
          <span class="t3 flex-1 clip">
            each bar {step()}, at most {formatMoney(most())}
          </span>
          <Button small look="quiet" aria-pressed={isTable()} onClick={() => setTable(!isTable())}>
            {isTable() ? 'Show as chart' : 'Show as table'}
          </Button>
        </div>
        <Show
          when={!isTable()}
          fallback={
            <div class="card overflow-hidden">
              <table class="[&_td]:px-4 [&_th]:px-4" aria-label="Cost over time">
                <thead>
                  <tr class="h-8 text-small t3">
                    <th>From</th>
                    <th class="text-end">Tokens</th>
                    <th class="text-end">Cost</th>
                  </tr>
                </thead>
                <tbody>
                  <For each={spans().filter(({ cost_usd, tokens }) => cost_usd + tokens > 0)}>
                    {(span) => (
                      <tr class="h-8 [&>td]:rule-top">
                        <td class="whitespace-nowrap" title={formatExact(Date.parse(span.from))}>
                          {at(span.from)}
                        </td>
                        <td class="t2 text-end">{span.tokens.toLocaleString()}</td>
                        <td class="text-end">{formatMoney(span.cost_usd)}</td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </div>
          }
        >
          <div class="card p-4 col gap-1.5">
            <Bars
              height={72}
              label={`Cost over time: ${plural(spans().length, 'bar')} of ${step()}, at most ${formatMoney(most())}`}
              values={spans().map((span) => ({ title: title(span), value: span.cost_usd }))}
            />
            <div class="flex justify-between t3 text-micro">
              <span>{at(spans()[0]?.from ?? '')}</span>
              <span>{at(spans().at(-1)?.from ?? '')}</span>
            </div>
          </div>
        </Show>
      </section>
    </Show>
  )
}

function words(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${seconds / 60} min`
  return seconds < 86_400 ? `${seconds / 3600} h` : plural(seconds / 86_400, 'day')
}

function Account(): JSX.Element {
  const windows = () => usage.now().value?.windows ?? []
  return (
    <Show when={windows().length > 0}>
      <section aria-label="Claude account">
        <h2 class="h-part px-0.5 pb-2">Claude account</h2>
        <div class="card p-4 max-w-[420px]">
          <AccountWindows windows={windows()} />
        </div>
      </section>
    </Show>
  )
}
