import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Empty } from '../../components/part.tsx'
import { now } from '../../data/clock.ts'
import { store } from '../../data/store.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** Their planners may have asked: enough to look back, few enough to ask for. */
const maxTasks = 30

/** Questions that were answered or withdrawn, newest first. */
export function Answered(props: { filter: (task: Task) => boolean }): JSX.Element {
  const rows = createMemo(() => {
    const tasks = [
      ...(store.tasks.get('active').value ?? []),
      ...(store.tasks.get('recent').value ?? []),
    ]
    return tasks
      .filter(({ status }) => status !== 'created')
      .toSorted((a, b) => b.updated_at.localeCompare(a.updated_at))
      .slice(0, maxTasks)
      .filter((task) => props.filter(task))
      .flatMap((task) =>
        (store.questions.get(task.id).value ?? [])
          .filter(({ status }) => status !== 'pending')
          .map((question) => ({ task, question, at: question.answered_at ?? question.asked_at })),
      )
      .toSorted((a, b) => b.at.localeCompare(a.at))
  })
  return (
    <div class="page flex-1 min-h-0 overflow-auto">
      <div class="card max-w-[960px]">
        <Show
          when={rows().length > 0}
          fallback={
            <Empty>
              Nothing was asked lately. Answers to planners are kept here; approvals, retries and
              skips are in each task's timeline.
            </Empty>
          }
        >
          <ul aria-label="Answered">
            <For each={rows()}>{(row) => <Row {...row} />}</For>
          </ul>
        </Show>
      </div>
    </div>
  )
}

function Row(props: { task: Task; question: Question; at: string }): JSX.Element {
  return (
    <li class="rule-top first:border-t-0 grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5">
      <Glyph name={props.question.status === 'answered' ? 'done' : 'skip'} class="mt-0.5" />
      <div class="col gap-0.5">
        <span class="font-500 wrap-any">{props.question.text}</span>
        <span class="wrap-any">
          {props.question.status === 'answered'
            ? props.question.answer
            : 'Left to the planner, or withdrawn'}
        </span>
        <A class="t3 text-small hover:underline self-start" href={`/tasks/${props.task.id}`}>
          {props.task.name}
        </A>
      </div>
      <span class="t3 text-small whitespace-nowrap" title={formatExact(Date.parse(props.at))}>
        {formatAgo(Date.parse(props.at), now())}
      </span>
    </li>
  )
}
