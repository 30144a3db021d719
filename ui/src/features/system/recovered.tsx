import { A } from '@solidjs/router'
import { createEffect, For, type JSX, on, Show } from 'solid-js'
import type { RecoveredTask, RecoveryReport } from '#contract/recovery.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { all, store } from '../../data/store.ts'
import { foundLooks } from '../../lib/recovered.ts'
import { formatClock } from '../../lib/time.ts'

/** What the last start found of the server before it, task by task. */
export function Recovered(): JSX.Element {
  const summary = () => store.system.get(all).value?.recovery
  createEffect(
    on(
      () => `${summary()?.started_at} ${summary()?.state}`,
      () => store.recovery.invalidate(all),
      { defer: true },
    ),
  )
  return (
    <section class="card overflow-hidden" aria-label="Last restart" id="restart">
      <Loaded
        entry={store.recovery.get(all)}
        onRetry={() => void store.recovery.refresh(all)}
        skeleton={<Skeleton rows={1} height={56} />}
      >
        {(report) => <Report report={report()} />}
      </Loaded>
    </section>
  )
}

function Report(props: { report: RecoveryReport }): JSX.Element {
  const isDone = (): boolean => props.report.state === 'done'
  return (
    <>
      <div class="col gap-0.5 px-3 py-2.5">
        <h2 class="flex items-center gap-2.5 text-body font-500">
          <Glyph name={isDone() ? 'done' : 'wait'} label={isDone() ? 'Done' : 'Waiting'} />
          Started at {formatClock(Date.parse(props.report.started_at))}
        </h2>
        <p class="t2 pl-[26px] wrap-any">{props.report.detail}</p>
      </div>
      <For each={props.report.tasks}>{(task) => <TaskFound task={task} />}</For>
      <Names title="Removed, because nobody owned them" names={props.report.removed} />
      <Names
        title="Refused by the engine; the next start tries again"
        names={props.report.left.map(({ what, reason }) => `${what}: ${reason}`)}
      />
    </>
  )
}

function TaskFound(props: { task: RecoveredTask }): JSX.Element {
  return (
    <div class="rule-top px-3 py-2">
      <A
        href={`/tasks/${props.task.task_id}`}
        class="font-500 hover:underline flex items-center min-h-11 md:min-h-6 wrap-any"
      >
        {props.task.name}
      </A>
      <ul>
        <For each={props.task.agents} fallback={<li class="t2 min-h-6">No agent was at work.</li>}>
          {(agent) => (
            <li>
              <A
                href={`/tasks/${props.task.task_id}/agents/${agent.agent_id}`}
                class="grid grid-cols-[16px_minmax(0,1fr)_auto] gap-x-2.5 items-center min-h-11 md:min-h-6 hover:underline"
              >
                <Glyph name={foundLooks[agent.found].glyph} />
                <span class="clip">{agent.subtask_id ?? agent.role}</span>
                <span class="t2">{foundLooks[agent.found].word}</span>
              </A>
            </li>
          )}
        </For>
      </ul>
    </div>
  )
}

function Names(props: { title: string; names: readonly string[] }): JSX.Element {
  return (
    <Show when={props.names.length > 0}>
      <div class="rule-top px-3 py-2">
        <h3 class="text-body font-500">{props.title}</h3>
        <ul class="mono-small">
          <For each={props.names}>{(name) => <li class="wrap-any">{name}</li>}</For>
        </ul>
      </div>
    </Show>
  )
}
