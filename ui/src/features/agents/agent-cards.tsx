import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { StatusChip } from '../../components/status-chip.tsx'
import { now } from '../../data/clock.ts'
import { agentDuration } from '../../data/status.ts'
import { formatBytes, formatMoney } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { agentName } from './agent-name.ts'
import type { AgentLoad } from './agent-rows.tsx'
import { LastEvents } from './agent-tail.tsx'

/** A few agents: what each is doing, with the last things it did. */
export function AgentCards(props: {
  task: Task
  agents: readonly Agent[]
  load: ReadonlyMap<string, AgentLoad>
}): JSX.Element {
  return (
    <ul
      class="grid gap-3 grid-cols-[minmax(0,1fr)] lg:grid-cols-[repeat(2,minmax(0,1fr))]"
      aria-label="Agents of this task"
    >
      <For each={props.agents.map(({ id }) => id)}>
        {(id) => (
          <Show when={props.agents.find((agent) => agent.id === id)}>
            {(agent) => <Card task={props.task} agent={agent()} load={props.load.get(id)} />}
          </Show>
        )}
      </For>
    </ul>
  )
}

function Card(props: { task: Task; agent: Agent; load: AgentLoad | undefined }): JSX.Element {
  const facts = (): string[] => {
    const ms = agentDuration(props.agent, now())
    const { load } = props
    return [
      ms === undefined ? '' : formatDuration(ms),
      formatMoney(props.agent.cost_usd),
      load ? `CPU ${Math.round(load.cpu)}%` : '',
      load ? formatBytes(load.memory) : '',
    ].filter(Boolean)
  }
  return (
    <li class="card hover:bg-bg2">
      <A
        data-row
        data-agent={props.agent.id}
        href={`/tasks/${props.agent.task_id}/agents/${props.agent.id}`}
        class="col gap-2 p-3 rounded-card"
      >
        <span class="flex flex-wrap items-center gap-2">
          <span class="font-600 clip">{agentName(props.agent)}</span>
          <StatusChip {...agentStatus(props.agent, props.task)} />
          <span class="t3">
            {props.agent.role}
            {props.agent.attempt > 1 ? `, attempt ${props.agent.attempt}` : ''}
          </span>
          <span class="flex-1 desk" />
          <span class="t3 text-small whitespace-nowrap lt-md:w-full">{facts().join(' · ')}</span>
        </span>
        <LastEvents agent={props.agent} count={3} />
      </A>
    </li>
  )
}
