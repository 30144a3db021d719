import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Glyph } from '../../components/glyph.tsx'
import { now } from '../../data/clock.ts'
import { agentDuration, agentStatus, isLive } from '../../data/status.ts'
import { formatMoney, shortModel } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { agentName } from './agent-name.ts'

/** One line per agent; fifty fit on a screen. */
export function AgentTable(props: {
  agents: readonly Agent[]
  label: string
  /** Names of tasks by id, where agents of several are listed. */
  taskNames?: ReadonlyMap<string, string>
}): JSX.Element {
  const columns = (): string =>
    props.taskNames
      ? 'md:grid-cols-[18px_minmax(0,160px)_minmax(0,1fr)_minmax(0,1.4fr)_70px_60px]'
      : 'md:grid-cols-[18px_minmax(0,180px)_90px_minmax(0,1fr)_90px_70px_60px]'
  return (
    <ul class="card" aria-label={props.label}>
      <For each={props.agents}>
        {(agent) => (
          <li class="rule-top first:border-t-0">
            <A
              data-row
              href={`/tasks/${agent.task_id}/agents/${agent.id}`}
              class={`grid grid-cols-[18px_minmax(0,1fr)_auto] ${columns()} gap-x-3 items-center px-3 py-2 md:py-0 md:h-row hover:bg-bg2 rounded-node`}
            >
              <Glyph name={agentStatus(agent).glyph} label={agentStatus(agent).word} />
              <span class="font-500 clip">{agentName(agent)}</span>
              <Show
                when={props.taskNames}
                fallback={<span class="t3 clip lt-md:hidden!">{agent.role}</span>}
              >
                {(names) => (
                  <span class="t2 clip lt-md:hidden!">
                    {names().get(agent.task_id) ?? agent.task_id}
                  </span>
                )}
              </Show>
              <Show when={props.taskNames}>
                {(names) => (
                  <span class="md:hidden lt-md:col-start-2 lt-md:col-span-2 lt-md:row-start-3 t3 text-small clip">
                    {names().get(agent.task_id) ?? agent.task_id}
                  </span>
                )}
              </Show>
              <span
                class="lt-md:col-start-2 lt-md:col-span-2 lt-md:row-start-2 clip"
                classList={{
                  'mono t2': isDoing(agent),
                  t3: !isDoing(agent),
                  'text-fail!': agent.status === 'failed',
                }}
              >
                {agentNow(agent)}
              </span>
              <Show when={!props.taskNames}>
                <span class="t3 clip lt-md:hidden!">{shortModel(agent.model)}</span>
              </Show>
              <span class="t3 text-end whitespace-nowrap lt-md:row-start-1 lt-md:col-start-3">
                {spent(agent, now())}
              </span>
              <span class="t3 text-end lt-md:hidden!">{formatMoney(agent.cost_usd)}</span>
            </A>
          </li>
        )}
      </For>
    </ul>
  )
}

function spent(agent: Agent, at: number): string {
  const ms = agentDuration(agent, at)
  return ms === undefined ? '' : formatDuration(ms)
}

const isDoing = (agent: Agent): boolean => agent.status === 'running' && Boolean(agent.activity)

/** What it does, or why it does nothing. */
export function agentNow(agent: Agent): string {
  if (agent.status === 'queued')
    return agent.queue_position === undefined
      ? 'Waits for a slot'
      : `Waits for a slot, number ${agent.queue_position} in the queue`
  if (agent.status === 'failed' || agent.status === 'lost') return agent.error ?? 'Failed'
  if (isLive(agent)) return agent.activity ?? agentStatus(agent).word
  return agentStatus(agent).word
}
