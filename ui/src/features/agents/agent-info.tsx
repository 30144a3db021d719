import { For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Glyph } from '../../components/glyph.tsx'
import { describeTodo } from '../../lib/activity/labels.ts'
import type { RowOf } from '../../lib/activity/rows.ts'
import { formatBytes, formatCount, formatMoney, shortModel } from '../../lib/text.ts'
import { formatExact } from '../../lib/time.ts'
import { Todos } from './row-detail.tsx'

/** Facts of one agent, and its to-do list while it keeps one. */
export function AgentInfo(props: { agent: Agent; todo: RowOf<'todo'> | undefined }): JSX.Element {
  const facts = (): [string, string][] => {
    const { agent } = props
    const { usage } = agent
    const list: [string, string | undefined][] = [
      ['Role', agent.role],
      ['Kind', agent.kind],
      ['Model', shortModel(agent.model)],
      ['Attempt', String(agent.attempt)],
      ['Turns', String(agent.turns)],
      ['Cost', formatMoney(agent.cost_usd)],
      ['Input', `${formatCount(usage.input_tokens)} tokens`],
      ['Cache read', `${formatCount(usage.cache_read_tokens)} tokens`],
      ['Cache write', `${formatCount(usage.cache_write_tokens)} tokens`],
      ['Output', `${formatCount(usage.output_tokens)} tokens`],
      ['Printed', formatBytes(agent.output_bytes)],
      ['Made', exact(agent.created_at)],
      ['Started', exact(agent.started_at)],
      ['Ended', exact(agent.completed_at)],
      ['Exit code', agent.exit_code === undefined ? undefined : String(agent.exit_code)],
      ['Agent id', agent.id],
      ['Session', agent.session_id],
      ['Container', agent.container_id?.slice(0, 12)],
    ]
    return list.filter((each): each is [string, string] => each[1] !== undefined)
  }
  return (
    <div class="flex-1 min-h-0 overflow-auto p-4 col gap-5 bg-bg1">
      <Show when={props.todo}>
        {(todo) => (
          <section aria-label="To do" class="col gap-1">
            <h2 class="h-part row">
              To do
              <span class="t3 font-400">{describeTodo(todo().items, todo().isPartial).count}</span>
            </h2>
            <Todos items={todo().items} />
          </section>
        )}
      </Show>
      <section aria-label="Facts" class="col gap-1">
        <h2 class="h-part">Facts</h2>
        <dl class="grid grid-cols-[100px_minmax(0,1fr)] gap-x-3 gap-y-1">
          <For each={facts()}>
            {([name, value]) => (
              <>
                <dt class="t3">{name}</dt>
                <dd class="wrap-any">{value}</dd>
              </>
            )}
          </For>
        </dl>
      </section>
      <Show when={props.agent.result}>
        {(result) => (
          <section aria-label="Last words" class="col gap-1">
            <h2 class="h-part row">
              <Glyph name={props.agent.status === 'completed' ? 'done' : 'wait'} />
              Last words
            </h2>
            <p class="prose-plain">{result()}</p>
          </section>
        )}
      </Show>
    </div>
  )
}

const exact = (iso: string | undefined): string | undefined =>
  iso === undefined ? undefined : formatExact(Date.parse(iso))
