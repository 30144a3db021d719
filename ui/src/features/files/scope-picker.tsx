import { For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Work } from '#contract/file.ts'
import { isEditing } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { partsKey, work } from '../../data/work.ts'

/** Whose work is shown, as a native list: all of it, one agent's (merged or not), one subtask's. */
export function ScopePicker(props: {
  taskId: string
  label: string
  /** As `scopeName` writes it. */
  value: string
  whole: string
  kinds: readonly ('live' | Exclude<Work['kind'], 'all'>)[]
  onChange: (scope: string) => void
}): JSX.Element {
  const parts = (): Work[] => work.parts.get(partsKey(props.taskId)).value ?? []
  const of = (kind: Work['kind']): Work[] =>
    props.kinds.some((each) => each === kind) ? parts().filter((part) => part.kind === kind) : []
  /** Agents that have something in their hands. */
  const working = (): Agent[] =>
    props.kinds.includes('live')
      ? (store.task.get(props.taskId).value?.agents ?? []).filter(isEditing)
      : []
  const isListed = (): boolean =>
    props.value === 'all' ||
    working().some(({ id }) => `live:${id}` === props.value) ||
    parts().some(({ kind, id }) => `${kind}:${id}` === props.value)
  return (
    <label class="flex items-center min-w-[96px] lt-md:flex-1">
      <span class="sr-only">{props.label}</span>
      <select
        class="input lt-md:w-full md:w-auto! max-w-[260px] min-w-0 px-2! py-0! md:min-h-7! text-ellipsis font-500"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        <option value="all" selected={props.value === 'all'}>
          {props.whole}
        </option>
        <Show when={working().length > 0}>
          <optgroup label="Now, before it is handed in">
            <For each={working()}>
              {(agent) => (
                <option value={`live:${agent.id}`} selected={props.value === `live:${agent.id}`}>
                  {workingWords(props.taskId, agent)}
                </option>
              )}
            </For>
          </optgroup>
        </Show>
        <Show when={of('agent').length > 0}>
          <optgroup label="By agent">
            <For each={of('agent')}>
              {(part) => (
                <option value={`agent:${part.id}`} selected={props.value === `agent:${part.id}`}>
                  {agentWords(props.taskId, part)}
                </option>
              )}
            </For>
          </optgroup>
        </Show>
        <Show when={of('subtask').length > 0}>
          <optgroup label="By subtask, as merged">
            <For each={of('subtask')}>
              {(part) => (
                <option
                  value={`subtask:${part.id}`}
                  selected={props.value === `subtask:${part.id}`}
                >
                  {subtaskName(props.taskId, part.id)}
                </option>
              )}
            </For>
          </optgroup>
        </Show>
        <Show when={!isListed()}>
          <option value={props.value} selected>
            {unlistedWords(props.taskId, props.value)}
          </option>
        </Show>
      </select>
    </label>
  )
}

const workingWords = (taskId: string, { subtask_id: id, kind, role }: Agent): string =>
  `${id ? subtaskName(taskId, id) : kind}, ${role}, so far`

function unlistedWords(taskId: string, value: string): string {
  const [, kind, id = ''] = /^(\w+):(.*)$/.exec(value) ?? []
  const agent = store.task.get(taskId).value?.agents?.find((each) => each.id === id)
  const name = agent?.subtask_id ? subtaskName(taskId, agent.subtask_id) : (agent?.kind ?? id)
  return `${name}, ${kind === 'live' ? 'as it left its files' : 'nothing handed in'}`
}

/** "redis-store, developer, not merged". */
export function agentWords(taskId: string, part: Work): string {
  const agent = store.task.get(taskId).value?.agents?.find(({ id }) => id === part.agent_id)
  const name = part.subtask_id ? subtaskName(taskId, part.subtask_id) : (agent?.kind ?? 'agent')
  const attempt = agent && agent.attempt > 1 ? `attempt ${agent.attempt}` : ''
  return [name, agent?.role ?? '', attempt, part.merged ? '' : 'not merged']
    .filter(Boolean)
    .join(', ')
}

function subtaskName(taskId: string, subtaskId: string): string {
  const plan = store.plan.get(taskId).value
  return plan?.subtasks.find(({ id }) => id === subtaskId)?.name ?? subtaskId
}
