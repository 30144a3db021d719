import { A } from '@solidjs/router'
import { For, type JSX } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import type { AgentUsage, ModelUsage, TaskUsage } from '#contract/usage.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Meter } from '../../components/meter.tsx'
import { formatCount, formatMoney, plural, shortModel } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { countTokens } from '../../lib/usage-words.ts'

const desk = 'lt-md:hidden!'
const wide = 'lt-lg:hidden!'

type Spent = Pick<TaskUsage, 'cost_usd' | 'turns' | 'tool_calls' | 'usage'>

/** After the name. */
const columns: { name: string; class: string; of: (spent: Spent) => string | number }[] = [
  { name: 'Turns', class: `w-[64px] ${desk}`, of: ({ turns }) => turns },
  { name: 'Tool calls', class: `w-[88px] ${desk}`, of: ({ tool_calls: calls }) => calls },
  { name: 'Tokens', class: `w-[76px] ${desk}`, of: ({ usage }) => formatCount(countTokens(usage)) },
]

/** The dearest first. */
export function AgentCosts(props: { task: Task; agents: readonly AgentUsage[] }): JSX.Element {
  const most = (): number => Math.max(1e-9, ...props.agents.map(({ cost_usd }) => cost_usd))
  const status = (agent: AgentUsage) =>
    agentStatus({ ...agent, ...present(props.task, agent.agent_id) }, props.task)
  return (
    <CostTable label="By agent" first="Agent" hasTime>
      <For each={props.agents}>
        {(agent) => (
          <Row
            spent={agent}
            share={agent.cost_usd / most()}
            name={agent.subtask_id ?? agent.role}
            time={agent.duration_ms === undefined ? '' : formatDuration(agent.duration_ms)}
            small={`${shortModel(agent.model)}, ${plural(agent.turns, 'turn')}, ${plural(agent.tool_calls, 'tool call')}`}
            model={shortModel(agent.model)}
            glyph={<Glyph class="block" name={status(agent).glyph} label={status(agent).word} />}
            href={`/tasks/${props.task.id}/agents/${agent.agent_id}`}
          />
        )}
      </For>
    </CostTable>
  )
}

/** What usage does not tell of an agent's state. */
const present = ({ agents = [] }: Task, id: string): Partial<Agent> =>
  agents.find((agent) => agent.id === id) ?? { phase: null }

export function ModelCosts(props: { models: readonly ModelUsage[] }): JSX.Element {
  const most = (): number => Math.max(1e-9, ...props.models.map(({ cost_usd }) => cost_usd))
  return (
    <CostTable label="By model" first="Model">
      <For each={props.models}>
        {(model) => (
          <Row
            spent={model}
            share={model.cost_usd / most()}
            name={shortModel(model.model)}
            small={`${plural(model.agents, 'agent')}, ${plural(model.turns, 'turn')}`}
            model={plural(model.agents, 'agent')}
          />
        )}
      </For>
    </CostTable>
  )
}

function CostTable(props: {
  label: string
  first: string
  hasTime?: boolean
  children: JSX.Element
}): JSX.Element {
  return (
    <section aria-label={props.label}>
      <h2 class="h-part px-0.5 pb-2">{props.label}</h2>
      <div class="card overflow-hidden">
        <table class="table-fixed" aria-label={props.label}>
          <thead class={desk}>
            <tr class="h-8 text-small t3 [&>th]:p-0 [&>th]:pr-3!">
              <th class="pl-3! md:w-[26%]">{props.first}</th>
              <th class={wide}>{props.first === 'Agent' ? 'Model' : 'Agents'}</th>
              <For each={columns}>
                {({ name, class: look }) => <th class={`text-end ${look}`}>{name}</th>}
              </For>
              <th class={`w-[80px] text-end ${wide}`}>{props.hasTime ? 'Time' : ''}</th>
              <th class={`w-[18%] ${desk}`}>
                <span class="sr-only">Share</span>
              </th>
              <th class="w-[72px] text-end">Cost</th>
            </tr>
          </thead>
          <tbody>{props.children}</tbody>
        </table>
      </div>
    </section>
  )
}

function Row(props: {
  spent: Spent
  /** Of the dearest, 0 to 1. */
  share: number
  name: string
  model: string
  /** Below the name where the columns have no room. */
  small: string
  time?: string
  glyph?: JSX.Element
  href?: string
}): JSX.Element {
  const words = (): JSX.Element => (
    <span class="row">
      {props.glyph}
      <span class="col">
        <span class="clip font-500">{props.name}</span>
        <span class="phone t3 text-small clip">{props.small}</span>
      </span>
    </span>
  )
  return (
    <tr class="h-13 md:h-9 hover:bg-bg2 [&>td]:rule-top [&>td]:p-0 [&>td]:pr-3">
      <td class="pl-3!">
        {props.href === undefined ? (
          words()
        ) : (
          <A data-row href={props.href} class="block py-1.5 md:py-2 ring-in">
            {words()}
          </A>
        )}
      </td>
      <td class={`t2 clip ${wide}`}>{props.model}</td>
      <For each={columns}>
        {({ of, class: look }) => (
          <td class={`t2 text-end whitespace-nowrap ${look}`}>{of(props.spent)}</td>
        )}
      </For>
      <td class={`t3 text-end whitespace-nowrap ${wide}`}>{props.time}</td>
      <td class={desk}>
        <Meter value={props.share} label={`Cost of ${props.name} beside the dearest`} />
      </td>
      <td class="text-end font-500 w-[72px]">{formatMoney(props.spent.cost_usd)}</td>
    </tr>
  )
}
