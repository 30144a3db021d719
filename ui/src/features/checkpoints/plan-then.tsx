import { For, type JSX, Show } from 'solid-js'
import type { CheckpointContents, KeptAgent } from '#contract/checkpoint-contents.ts'
import type { Subtask } from '#contract/plan.ts'
import { subtaskStatus } from '#contract/status-words.ts'
import { Glyph } from '../../components/glyph.tsx'
import { formatBytes, plural } from '../../lib/text.ts'
import { formatExact } from '../../lib/time.ts'
import { agentWords } from './pickers.tsx'

/** The plan with the state of every subtask at that moment, who was at work, and what had been asked. */
export function PlanThen(props: { contents: CheckpointContents }): JSX.Element {
  const plan = () => props.contents.plan
  const byId = (): ReadonlyMap<string, Subtask> =>
    new Map(plan()?.subtasks.map((subtask) => [subtask.id, subtask]))
  return (
    <div class="flex-1 min-h-0 scroll-y px-4 py-3 col gap-5 [&_.spin]:[rotate:none]">
      <Facts contents={props.contents} />
      <Show when={plan()} fallback={<p class="t2">There was no plan yet.</p>}>
        {(known) => (
          <section class="col gap-2" aria-label="Plan">
            <h3 class="h-part">
              Plan v{known().version}{' '}
              <span class="t2 font-400">
                by {known().origin === 'user' ? 'you' : 'the planner'}
              </span>
            </h3>
            <Show when={known().analysis}>
              <p class="t2 wrap-any max-w-[72ch] line-clamp-6">{known().analysis}</p>
            </Show>
            <ul class="card max-w-[860px]">
              <For each={known().subtasks}>
                {(subtask) => (
                  <SubtaskThen
                    subtask={subtask}
                    after={subtask.depends_on.map((id) => byId().get(id)?.name ?? id)}
                  />
                )}
              </For>
            </ul>
          </section>
        )}
      </Show>
      <Show when={props.contents.agents.length > 0}>
        <section class="col gap-2" aria-label="Agents">
          <h3 class="h-part">Agents</h3>
          <ul class="card max-w-[860px]">
            <For each={props.contents.agents}>{(agent) => <AgentThen agent={agent} />}</For>
          </ul>
        </section>
      </Show>
      <Show when={props.contents.questions.length > 0}>
        <section class="col gap-2" aria-label="Questions">
          <h3 class="h-part">Questions</h3>
          <ul class="card max-w-[860px]">
            <For each={props.contents.questions}>
              {({ text, answer }) => (
                <li class="rule-top first:border-t-0 px-3 py-2.5 col gap-0.5">
                  <span class="font-500 wrap-any">{text}</span>
                  <span class="wrap-any" classList={{ t2: answer === undefined }}>
                    {answer ?? 'Not answered by then'}
                  </span>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </div>
  )
}

function Facts(props: { contents: CheckpointContents }): JSX.Element {
  return (
    <Show when={props.contents.branch}>
      {(branch) => (
        <p class="t2">
          Branch <span class="mono wrap-any">{branch().name}</span> at{' '}
          <span class="mono">{branch().commit.slice(0, 8)}</span>
        </p>
      )}
    </Show>
  )
}

function SubtaskThen(props: { subtask: Subtask; after: readonly string[] }): JSX.Element {
  const status = () => subtaskStatus(props.subtask)
  const facts = (): string =>
    [
      props.subtask.agent_role,
      props.subtask.attempt > 1 ? `attempt ${props.subtask.attempt}` : '',
      props.after.length > 0 ? `after ${props.after.join(', ')}` : '',
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <li class="rule-top first:border-t-0 grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5">
      <Glyph name={status().glyph} class="mt-0.5" />
      <div class="col gap-0.5 min-w-0">
        <span class="font-500 wrap-any">{props.subtask.name}</span>
        <span class="t2 text-small wrap-any">{facts()}</span>
        <Show when={props.subtask.error}>
          {(error) => (
            <span class="wrap-any" classList={{ 'text-fail': props.subtask.status === 'failed' }}>
              {error()}
            </span>
          )}
        </Show>
        <Show when={props.subtask.summary}>
          {(summary) => <span class="t2 wrap-any line-clamp-3">{summary()}</span>}
        </Show>
      </div>
      <span class="t2 text-small whitespace-nowrap">{status().word}</span>
    </li>
  )
}

function AgentThen(props: { agent: KeptAgent }): JSX.Element {
  const save = () => props.agent.save
  const spoken = (): number => save()?.sessions.reduce((sum, { size }) => sum + size, 0) ?? 0
  const more = (): number => (save()?.left_out_count ?? 0) - (save()?.left_out.length ?? 0)
  return (
    <li class="rule-top first:border-t-0 px-3 py-2.5 col gap-0.5">
      <span class="font-500 wrap-any">{agentWords(props.agent)}</span>
      <span class="t2 text-small">
        <Show when={save()} fallback="Its volumes were gone; what it had handed in is kept.">
          {(known) => (
            <>
              <Show when={props.agent.kind !== 'planner'}>
                {plural(known().files, 'file')}
                <Show when={known().branch}>
                  {' '}
                  on <span class="mono wrap-any">{known().branch}</span>
                </Show>
                ,{' '}
              </Show>
              {formatBytes(spoken())} of conversation
              <Show when={props.agent.started_at}>
                {(at) => <>, began {formatExact(Date.parse(at()))}</>}
              </Show>
            </>
          )}
        </Show>
      </span>
      <Show when={save()?.left_out.length}>
        <details class="text-small t2">
          <summary class="cursor-pointer min-h-6 lt-md:min-h-11 flex items-center">
            {plural(save()?.left_out_count ?? 0, 'path')} left out
          </summary>
          <ul class="pl-4 mono-small">
            <For each={save()?.left_out}>{(path) => <li class="wrap-any">{path}</li>}</For>
            <Show when={more() > 0}>
              <li>and {more()} more</li>
            </Show>
          </ul>
        </details>
      </Show>
    </li>
  )
}
