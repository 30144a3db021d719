import { For, type JSX, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type {
  CheckpointContents,
  KeptAgainst,
  KeptAgent,
  KeptPart,
} from '#contract/checkpoint-contents.ts'
import { formatClock } from '../../lib/time.ts'
import { causeWords } from './words.ts'

const look =
  'input md:w-auto! max-w-full md:max-w-[220px] min-w-0 px-2! py-0! md:min-h-7! text-ellipsis'

/** "Redis store, developer". */
export const agentWords = ({ name, role, attempt }: KeptAgent): string =>
  [name, role === name ? '' : role, attempt > 1 ? `attempt ${attempt}` : '']
    .filter(Boolean)
    .join(', ')

/** Whose files: of the task branch, in an agent's hands, or handed in by one. */
export function PartPicker(props: {
  contents: CheckpointContents
  value: KeptPart
  onChange: (part: KeptPart) => void
}): JSX.Element {
  const saved = (): KeptAgent[] =>
    props.contents.agents.filter(({ save, kind }) => save && kind !== 'planner')
  const handedIn = (): KeptAgent[] => props.contents.agents.filter(({ work }) => work)
  return (
    <select
      aria-label="Whose files"
      class={`${look} font-500`}
      // Only what stands in an option can be chosen.
      onChange={(event) => props.onChange(event.currentTarget.value as KeptPart)}
    >
      <option value="branch" selected={props.value === 'branch'}>
        Task branch
      </option>
      <Show when={saved().length > 0}>
        <optgroup label="In an agent's hands, committed or not">
          <For each={saved()}>
            {(agent) => (
              <option
                value={`save:${agent.agent_id}`}
                selected={props.value === `save:${agent.agent_id}`}
              >
                {agentWords(agent)}
              </option>
            )}
          </For>
        </optgroup>
      </Show>
      <Show when={handedIn().length > 0}>
        <optgroup label="Handed in by then">
          <For each={handedIn()}>
            {(agent) => (
              <option
                value={`work:${agent.agent_id}`}
                selected={props.value === `work:${agent.agent_id}`}
              >
                {agentWords(agent)}
              </option>
            )}
          </For>
        </optgroup>
      </Show>
    </select>
  )
}

/** What the part is compared with. */
export function AgainstPicker(props: {
  checkpoint: Checkpoint
  /** All of the task, newest first. */
  checkpoints: readonly Checkpoint[]
  of: KeptPart
  value: KeptAgainst
  onChange: (against: KeptAgainst) => void
}): JSX.Element {
  const agentId = (): string | undefined => props.of.split(':')[1]
  /** The same part is in those only. */
  const others = (): Checkpoint[] =>
    props.checkpoints.filter(
      ({ id, status, agent_states: saved = [] }) =>
        id !== props.checkpoint.id &&
        status === 'ready' &&
        (!props.of.startsWith('save:') || saved.some((each) => each.agent_id === agentId())),
    )
  const fixed = (): [KeptAgainst, string][] => [
    ['branch', 'Task branch now'],
    ...(agentId() ? [['saved', 'Its newest save'] as [KeptAgainst, string]] : []),
    ['start', agentId() ? 'Where the agent began' : 'Where the task began'],
  ]
  return (
    <label class="flex items-center gap-2 min-w-0 lt-md:w-full">
      <span class="t2 whitespace-nowrap">compared with</span>
      <select
        class={look}
        aria-label="Compared with"
        onChange={(event) => props.onChange(event.currentTarget.value as KeptAgainst)}
      >
        <For each={fixed()}>
          {([value, words]) => (
            <option value={value} selected={props.value === value}>
              {words}
            </option>
          )}
        </For>
        <Show when={others().length > 0}>
          <optgroup label="Another checkpoint">
            <For each={others()}>
              {(other) => (
                <option
                  value={`checkpoint:${other.id}`}
                  selected={props.value === `checkpoint:${other.id}`}
                >
                  {formatClock(Date.parse(other.created_at), { seconds: true })}{' '}
                  {other.label ?? causeWords[other.cause]}
                </option>
              )}
            </For>
          </optgroup>
        </Show>
      </select>
    </label>
  )
}

/** Whose conversation. */
export function AgentPicker(props: {
  agents: readonly KeptAgent[]
  value: string
  onChange: (agentId: string) => void
}): JSX.Element {
  return (
    <select
      aria-label="Whose conversation"
      class={`${look} font-500`}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    >
      <For each={props.agents}>
        {(agent) => (
          <option value={agent.agent_id} selected={props.value === agent.agent_id}>
            {agentWords(agent)}
          </option>
        )}
      </For>
    </select>
  )
}
