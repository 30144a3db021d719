import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Permission } from '#contract/permission.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Empty } from '../../components/part.tsx'
import { now } from '../../data/clock.ts'
import { store } from '../../data/store.ts'
import { permissionLine, permissionTitle } from '../../lib/permission.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** Their planners may have asked: enough to look back, few enough to ask for. */
const maxTasks = 30

type Answer = {
  task: Task
  /** Epoch-sortable, as the wire has it. */
  at: string
  asked: string
  /** What was said, or why it was not answered. */
  said: string
  isAnswered: boolean
}

/** Questions and permissions that were answered or withdrawn, newest first. */
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
      .flatMap((task) => [...toQuestions(task), ...toPermissions(task)])
      .toSorted((a, b) => b.at.localeCompare(a.at))
  })
  return (
    <div class="page flex-1 min-h-0 overflow-auto">
      <div class="card max-w-[960px]">
        <Show
          when={rows().length > 0}
          fallback={
            <Empty>
              Nothing was asked lately. Answers to planners and agents are kept here; approvals,
              retries and skips are in each task's timeline.
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

const toQuestions = (task: Task): Answer[] =>
  (store.questions.get(task.id).value ?? [])
    .filter(({ status }) => status !== 'pending')
    .map((question) => ({
      task,
      at: question.answered_at ?? question.asked_at,
      asked: question.text,
      said: question.answer ?? 'Left to the planner, or withdrawn',
      isAnswered: question.status === 'answered',
    }))

/** Agents of most tasks ask for none. */
function toPermissions(task: Task): Answer[] {
  if (task.permission_mode === 'bypassPermissions') return []
  return (store.permissions.get(task.id).value ?? [])
    .filter(({ status }) => status !== 'pending')
    .map((permission) => ({
      task,
      at: permission.answered_at ?? permission.asked_at,
      asked: `${permissionTitle(permission)} ${permissionLine(permission)}`,
      said: saidTo(permission),
      isAnswered: permission.status !== 'withdrawn',
    }))
}

function saidTo({ status, scope, message, note }: Permission): string {
  if (status === 'withdrawn') return note ?? 'Withdrawn'
  if (status === 'denied') return message ? `Denied: ${message}` : 'Denied'
  return scope === 'task' ? 'Allowed for this task' : 'Allowed once'
}

function Row(props: Answer): JSX.Element {
  return (
    <li class="rule-top first:border-t-0 grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5">
      <Glyph name={props.isAnswered ? 'done' : 'skip'} class="mt-0.5" />
      <div class="col gap-0.5">
        <span class="font-500 wrap-any line-clamp-4">{props.asked}</span>
        <span class="wrap-any">{props.said}</span>
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
