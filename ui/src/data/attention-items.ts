/** What a person is awaited for, worked out from what the server said. Pure; `attention.ts` feeds it from the store. */
import type { Plan, Question, Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'

type Common = {
  /** Stable while the item is open; the address of its page is `/inbox/<id>`. */
  id: string
  task: Task
  /** Since when somebody waits, epoch milliseconds. */
  since: number
}

export type Attention = Common &
  (
    | {
        kind: 'question'
        question: Question /** Questions of this task that are open. */
        open: number
      }
    | { kind: 'plan'; plan: Plan | undefined }
    /** `held`: subtasks that cannot go on without it. */
    | { kind: 'subtask' | 'conflict'; subtask: Subtask; held: number }
    | { kind: 'failed'; error: string }
  )

export type AttentionKind = Attention['kind']

export type Known = {
  questions(taskId: string): readonly Question[] | undefined
  plan(taskId: string): Plan | undefined
  /** What has failed in a task is not known before its plan is. */
  isLoading(taskId: string): boolean
}

const recentMs = 86_400_000
const rank: Record<AttentionKind, number> = {
  question: 0,
  plan: 1,
  conflict: 2,
  subtask: 2,
  failed: 3,
}

/** By how much it holds up and then by age; what failed more than a day ago waits for nobody. */
export function toAttention(tasks: readonly Task[], known: Known, now: number): Attention[] {
  return tasks
    .flatMap((task) => itemsOf(task, known, now))
    .sort((a, b) => rank[a.kind] - rank[b.kind] || a.since - b.since || a.id.localeCompare(b.id))
}

/** Only these can need a person; asking for their questions and plans is all that has to be fetched. */
export const mayNeedPerson = (task: Task, now: number): boolean =>
  task.phase === 'awaiting_answers' ||
  task.status === 'planned' ||
  (task.status === 'failed' && now - Date.parse(task.updated_at) < recentMs) ||
  (task.status === 'running' && task.progress.failed > 0)

function itemsOf(task: Task, known: Known, now: number): Attention[] {
  if (!mayNeedPerson(task, now) || known.isLoading(task.id)) return []
  const since = Date.parse(task.updated_at)
  if (task.phase === 'awaiting_answers') return questionsOf(task, known)
  if (task.status === 'planned')
    return [{ kind: 'plan', id: `plan-${task.id}`, task, plan: known.plan(task.id), since }]
  const failed = failuresOf(task, known)
  if (failed.length > 0 || task.status !== 'failed') return failed
  const error = task.error ?? 'It failed without a reason.'
  return [{ kind: 'failed', id: `failed-${task.id}`, task, error, since }]
}

/** The questions of one round are open together; the first stands for them until it is answered. */
function questionsOf(task: Task, known: Known): Attention[] {
  const open = (known.questions(task.id) ?? []).filter(({ status }) => status === 'pending')
  return open.map((question) => ({
    kind: 'question',
    id: question.id,
    task,
    question,
    open: open.length,
    since: Date.parse(question.asked_at),
  }))
}

function failuresOf(task: Task, known: Known): Attention[] {
  const subtasks = known.plan(task.id)?.subtasks ?? []
  return subtasks
    .filter(({ status }) => status === 'failed')
    .map((subtask) => ({
      kind: subtask.conflicts?.length ? 'conflict' : 'subtask',
      id: `subtask-${task.id}-${subtask.id}`,
      task,
      subtask,
      held: countHeld(subtask.id, subtasks),
      since: Date.parse(subtask.completed_at ?? task.updated_at),
    }))
}

/** Everything that depends on it, also through others, and has not ended well. */
export function countHeld(id: string, subtasks: readonly Subtask[]): number {
  const held = new Set([id])
  let size = 0
  while (held.size > size) {
    size = held.size
    for (const subtask of subtasks)
      if (subtask.status !== 'completed' && subtask.depends_on.some((each) => held.has(each)))
        held.add(subtask.id)
  }
  return held.size - 1
}
