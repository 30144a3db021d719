import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import { taskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { now } from '../../data/clock.ts'
import { createEndedToday, endOf } from '../../data/ended-today.ts'
import { describeNow, isFinished } from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** So many of each; the rest is a press away. */
const maxShown = 5

/** Tasks that are under way and those that ended today, each in two lines, for a narrow place. */
export function Meanwhile(): JSX.Element {
  const active = (): readonly Task[] => store.tasks.get('active').value ?? []
  const ended = createEndedToday()
  return (
    <div class="col gap-4">
      <Group title="Under way" tasks={active()} more="/tasks?status=active" />
      <Group title="Ended today" tasks={ended()} more="/tasks" />
    </div>
  )
}

function Group(props: { title: string; tasks: readonly Task[]; more: string }): JSX.Element {
  return (
    <Show when={props.tasks.length > 0}>
      <section aria-label={props.title} class="col gap-1.5">
        <h2 class="m-0 text-small font-500 t3">{props.title}</h2>
        <ul class="card overflow-hidden">
          <For each={props.tasks.slice(0, maxShown)}>
            {(task) => (
              <li class="rule-top first:border-t-0">
                <Line task={task} />
              </li>
            )}
          </For>
          <Show when={props.tasks.length > maxShown}>
            <li class="rule-top">
              <A
                href={props.more}
                class="px-3 min-h-11 md:min-h-9 t2 flex items-center hover:bg-bg2"
              >
                {props.tasks.length - maxShown} more
              </A>
            </li>
          </Show>
        </ul>
      </section>
    </Show>
  )
}

function Line(props: { task: Task }): JSX.Element {
  const status = createMemo(() => taskStatus(props.task))
  const agents = () =>
    (store.liveAgents.get(all).value ?? []).filter(({ task_id }) => task_id === props.task.id)
  const progress = (): string => {
    const { completed, total } = props.task.progress
    return total > 0 ? `, ${completed} of ${total} done` : ''
  }
  return (
    <A
      href={`/tasks/${props.task.id}`}
      class="grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2 px-3 py-2 min-h-11 hover:bg-bg2 ring-in"
    >
      <Glyph name={status().glyph} class="mt-0.5" />
      <span class="col">
        <span class="font-500 clip" title={props.task.name}>
          {props.task.name}
        </span>
        <span class="t2 text-small clip">
          {status().word}
          {progress()}
        </span>
        <span class="t3 text-small clip">
          {describeNow(props.task, isFinished(props.task) ? [] : agents())}
        </span>
      </span>
      <Show when={isFinished(props.task)}>
        <span class="t3 text-small whitespace-nowrap" title={formatExact(endOf(props.task))}>
          {formatAgo(endOf(props.task), now())}
        </span>
      </Show>
    </A>
  )
}
