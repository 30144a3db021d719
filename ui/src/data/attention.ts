/** What a person is awaited for, by how much it holds up and then by age. */
import type { Plan, Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { now } from './clock.ts'
import { all, store } from './store.ts'

export type Attention =
  | { kind: 'question'; id: string; task: Task; question: Question; open: number; since: number }
  | { kind: 'plan'; id: string; task: Task; plan: Plan | undefined; since: number }
  | { kind: 'failed'; id: string; task: Task; error: string; since: number }

const recentMs = 86_400_000

/** Reactive; fetches the questions and plans it needs. */
export function listAttention(at: number): Attention[] {
  const items = (store.tasks.get(all).value ?? []).flatMap((task) => attentionOf(task, at))
  const rank = { question: 0, plan: 1, failed: 2 }
  return items.sort((a, b) => rank[a.kind] - rank[b.kind] || a.since - b.since)
}

/** Reactive: the number beside Home and in the window's title. */
export const countAttention = (): number => listAttention(now()).length

export const isAwaiting = (task: Pick<Task, 'status' | 'phase'>): boolean =>
  task.phase === 'awaiting_answers' || task.status === 'planned'

export function attentionOf(task: Task, at: number): Attention[] {
  const since = Date.parse(task.updated_at)
  if (task.phase === 'awaiting_answers') {
    const open = (store.questions.get(task.id).value ?? []).filter(
      ({ status }) => status === 'pending',
    )
    const [question] = open
    if (!question) return []
    const asked = Date.parse(question.asked_at)
    return [{ kind: 'question', id: question.id, task, question, open: open.length, since: asked }]
  }
  if (task.status === 'planned') {
    const plan = store.plan.get(task.id).value
    return [{ kind: 'plan', id: `plan-${task.id}`, task, plan, since }]
  }
  const isRecent = at - since < recentMs
  if (task.status === 'failed' && isRecent) {
    const error = task.error ?? 'It failed without a reason.'
    return [{ kind: 'failed', id: `failed-${task.id}`, task, error, since }]
  }
  if (task.status === 'running' && task.progress.failed > 0) {
    const failed = store.plan.get(task.id).value?.subtasks.find(({ status }) => status === 'failed')
    const error = failed ? `${failed.name}: ${failed.error ?? 'failed'}` : 'A subtask failed.'
    return [{ kind: 'failed', id: `failed-${task.id}`, task, error, since }]
  }
  return []
}
