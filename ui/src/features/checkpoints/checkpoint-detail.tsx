import { For, type JSX, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { formatBytes, plural } from '../../lib/text.ts'
import { causeWords, segmentsOf } from './words.ts'

/** What is in one checkpoint: the plan as it was, and each agent whose files and conversation are kept. */
export function CheckpointDetail(props: {
  checkpoint: Checkpoint
  onRemove: () => void
}): JSX.Element {
  const agents = () => props.checkpoint.agent_states ?? []
  const leftOut = (): number => agents().reduce((sum, agent) => sum + agent.left_out, 0)
  useActions(() => [
    {
      id: 'checkpoint.remove',
      label: 'Remove this checkpoint…',
      group: 'Task',
      disabled: props.checkpoint.status === 'taking' && 'It is still being taken.',
      run: () => props.onRemove(),
    },
  ])
  return (
    <div class="col gap-3 px-4 pb-4 md:pl-10">
      <p class="t2">
        {causeWords[props.checkpoint.cause]}
        <Show when={props.checkpoint.repo_state}>
          {(branch) => (
            <>
              {' '}
              · branch <span class="mono wrap-any">{branch().branch}</span> at{' '}
              <span class="mono">{branch().commit.slice(0, 8)}</span>
            </>
          )}
        </Show>
      </p>
      <Show when={props.checkpoint.plan_progress?.subtasks.length}>
        <ul class="list-none m-0 p-0 col gap-1" aria-label="Plan">
          <For each={props.checkpoint.plan_progress?.subtasks}>
            {({ name }, index) => (
              <li class="row min-w-0">
                <Glyph name={segmentsOf(props.checkpoint)[index()] ?? 'unknown'} />
                <span class="wrap-any">{name}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show
        when={agents().length > 0}
        fallback={
          <Show when={props.checkpoint.status === 'ready'}>
            <p class="t2">No agent was at work; everything is in the branch.</p>
          </Show>
        }
      >
        <ul class="list-none m-0 p-0 col gap-1" aria-label="Agents">
          <For each={agents()}>
            {(agent) => (
              <li class="wrap-any">
                <span class="font-500">{agent.subtask_id ?? agent.role}</span>{' '}
                <span class="t2">
                  {plural(agent.files, 'file')}, {agent.files_changed} changed ·{' '}
                  {formatBytes(agent.output_bytes)} of output
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={leftOut() > 0}>
        <p class="t2">
          {plural(leftOut(), 'path')} left out: pipes, sockets and files that hold a login of this
          installation are in no checkpoint.
        </p>
      </Show>
      <Show when={props.checkpoint.status !== 'taking'}>
        <div>
          <Button look="danger" small onClick={() => props.onRemove()}>
            Remove
          </Button>
        </div>
      </Show>
    </div>
  )
}
