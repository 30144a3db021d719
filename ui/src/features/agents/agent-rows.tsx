import { A } from '@solidjs/router'
import { createMemo, For, type JSX } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { now } from '../../data/clock.ts'
import { endOfStep, pulseOf } from '../../data/pulse.ts'
import { agentDuration, describeAgent, isDoing, isLive } from '../../data/status.ts'
import { formatBytes, formatMoney } from '../../lib/text.ts'
import { formatDuration, formatSpan } from '../../lib/time.ts'
import { agentName } from './agent-name.ts'

/** Of the container: percent of one core, and bytes. */
export type AgentLoad = { cpu: number; memory: number }

type Column = { name: string; class: string }

const hourMs = 3_600_000

const onDesk = 'lt-md:hidden!'
const onWide = 'lt-lg:hidden!'
/** After the box and the glyph. Widths are of the cell with its room. */
const columns: Column[] = [
  { name: 'Agent', class: 'md:w-[22%]' },
  { name: 'Role', class: `w-[100px] ${onDesk}` },
  { name: 'Now', class: onDesk },
  { name: 'Activity', class: `w-[76px] ${onDesk}` },
  { name: 'Time', class: 'w-[72px] text-end' },
  { name: 'Cost', class: `w-[68px] text-end ${onDesk}` },
  { name: 'CPU', class: `w-[60px] text-end ${onWide}` },
  { name: 'Memory', class: `w-[76px] text-end ${onWide}` },
]

/** In a list longer than this nothing ticks: what runs for minutes is told in minutes. */
const fewRows = 12

/** One line per agent; fifty fit on a screen without paging. */
export function AgentRows(props: {
  task: Task
  agents: readonly Agent[]
  load: ReadonlyMap<string, AgentLoad>
  picked: ReadonlySet<string>
  onPick: (ids: readonly string[], on: boolean) => void
}): JSX.Element {
  const ids = (): string[] => props.agents.map(({ id }) => id)
  const isAll = (): boolean => ids().every((id) => props.picked.has(id))
  return (
    <div class="card overflow-hidden">
      <table class="table-fixed" aria-label="Agents of this task">
        <thead>
          <tr class="h-11 md:h-8 text-small t3 [&>th]:p-0">
            <th class="w-11 md:w-9">
              <label class="flex items-center h-11 md:h-8 pl-3">
                <input
                  class="flex-none"
                  type="checkbox"
                  aria-label="Pick all"
                  checked={isAll()}
                  onChange={(event) => props.onPick(ids(), event.currentTarget.checked)}
                />
              </label>
            </th>
            <th class="w-7">
              <span class="sr-only">Status</span>
            </th>
            <For each={columns}>
              {(column) => <th class={`pr-3! ${column.class}`}>{column.name}</th>}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.agents}>
            {(agent) => (
              <Row
                task={props.task}
                agent={agent}
                load={props.load.get(agent.id)}
                isOfMany={props.agents.length > fewRows}
                isPicked={props.picked.has(agent.id)}
                onPick={(on) => props.onPick([agent.id], on)}
              />
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

function Row(props: {
  task: Task
  agent: Agent
  load: AgentLoad | undefined
  isOfMany: boolean
  isPicked: boolean
  onPick: (on: boolean) => void
}): JSX.Element {
  const spent = (): string => {
    const ms = agentDuration(props.agent, now())
    if (ms === undefined) return ''
    const isTicking = isLive(props.agent) && ms < hourMs
    return props.isOfMany && isTicking ? formatSpan(ms) : formatDuration(ms)
  }
  const status = () => agentStatus(props.agent, props.task)
  const doing = (): string => describeAgent(props.agent, props.task)
  const end = createMemo(() => endOfStep(now()))
  const events = createMemo(() => pulseOf(props.agent.id, end()))
  const figure = 't3 text-end whitespace-nowrap pr-3'
  return (
    <tr
      data-agent={props.agent.id}
      class="h-12 md:h-9 hover:bg-bg2 [&>td]:rule-top [&>td]:p-0 [&>td]:pr-3"
      classList={{ 'bg-bg2': props.isPicked }}
    >
      <td class="pr-0!">
        <label class="flex items-center h-13 md:h-8 pl-3">
          <input
            class="flex-none"
            type="checkbox"
            aria-label={`Pick ${agentName(props.agent)}`}
            checked={props.isPicked}
            onChange={(event) => props.onPick(event.currentTarget.checked)}
          />
        </label>
      </td>
      <td>
        <Glyph class="block" name={status().glyph} label={status().word} />
      </td>
      <td>
        <A
          data-row
          href={`/tasks/${props.agent.task_id}/agents/${props.agent.id}`}
          class="block font-500 clip py-2 md:py-0 md:leading-[36px]!"
        >
          {agentName(props.agent)}
          <span class="md:hidden block font-400 t3 text-small clip">{doing()}</span>
        </A>
      </td>
      <td class="t3 clip lt-md:hidden!">{props.agent.role}</td>
      <td
        class="clip lt-md:hidden!"
        classList={{
          'mono t2': isDoing(props.agent, props.task),
          t3: !isDoing(props.agent, props.task),
          'text-fail!': props.agent.status === 'failed',
        }}
        title={doing()}
      >
        {doing()}
      </td>
      <td class="lt-md:hidden!">
        {isLive(props.agent) && (
          <Sparkline
            values={events()}
            label={`${events().reduce((sum, count) => sum + count, 0)} events in two minutes`}
          />
        )}
      </td>
      <td class={figure}>{spent()}</td>
      <td class={`${figure} lt-md:hidden!`}>{formatMoney(props.agent.cost_usd)}</td>
      <td class={`${figure} lt-lg:hidden!`}>
        {props.load ? `${Math.round(props.load.cpu)}%` : ''}
      </td>
      <td class={`${figure} lt-lg:hidden!`}>{props.load ? formatBytes(props.load.memory) : ''}</td>
    </tr>
  )
}
