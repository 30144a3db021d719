/** What needs a person in the made-up tasks, as the server would list it. */
import type { AnsweredItem, AnsweredList } from '#contract/answered.ts'
import type { AttentionItem, AttentionList } from '#contract/attention.ts'
import type { Task } from '#contract/task.ts'
import { makeTask, plans, questions, tasks } from './mock-data.ts'
import { pendingOf, permissions } from './mock-permissions.ts'

const ranks = ['permission', 'question', 'plan', 'subtask', 'conflict', 'follow-up', 'failed']

export function listAttention(): AttentionList {
  const items = tasks
    .flatMap(itemsOf)
    .sort((a, b) => ranks.indexOf(a.kind) - ranks.indexOf(b.kind) || a.since.localeCompare(b.since))
  return { items, total: items.length, next_cursor: null }
}

/** Everything that is not open any more, in one page. */
export function listAnswered(): AnsweredList {
  const items = tasks.flatMap((task): AnsweredItem[] => [
    ...(questions[task.id] ?? [])
      .filter(({ status }) => status !== 'pending')
      .map((question) => ({
        ...{ kind: 'question' as const, id: question.id, task, question },
        at: question.answered_at ?? question.asked_at,
      })),
    ...permissions
      .filter((each) => each.task_id === task.id && each.status !== 'pending')
      .map((permission) => ({
        ...{ kind: 'permission' as const, id: permission.id, task, permission },
        at: permission.answered_at ?? permission.asked_at,
      })),
  ])
  return { items: items.sort((a, b) => b.at.localeCompare(a.at)), next_cursor: null }
}

/** A task that failed without a reason of its own. */
export const makeAttention = (id: string): AttentionItem => ({
  kind: 'failed',
  id,
  task: makeTask(id, {}),
  since: '2026-03-01T12:00:00.000Z',
  error: 'x',
})

function itemsOf(task: Task): AttentionItem[] {
  const common = { task, since: task.updated_at }
  const plan = plans[task.id]
  if (task.phase === 'awaiting_answers') {
    const open = (questions[task.id] ?? []).filter(({ status }) => status === 'pending')
    return open.map((question) => ({
      kind: 'question',
      id: question.id,
      ...{ task, question, open: open.length, since: question.asked_at },
    }))
  }
  if (task.status === 'planned' && plan) {
    const { version, strategy, estimated_agents } = plan
    const outline = { version, strategy, estimated_agents, subtasks: plan.subtasks.length }
    return [{ kind: 'plan', id: `plan-${task.id}`, ...common, plan: outline }]
  }
  const waiting = (task.follow_ups ?? []).filter(({ state }) => state === 'waiting')
  if (waiting.length > 0)
    return waiting.map((follow_up) => ({
      ...{ kind: 'follow-up', id: follow_up.id, task, since: follow_up.created_at, follow_up },
      ...(task.delivery?.pull_request && { pull_request: task.delivery.pull_request }),
    }))
  if (task.status !== 'running' && task.status !== 'failed') return []
  return [...permissionsOf(task), ...reviewsOf(task), ...failuresOf(task)]
}

function permissionsOf(task: Task): AttentionItem[] {
  return pendingOf(task.id).map((permission) => {
    const subtask = plans[task.id]?.subtasks.find(({ id }) => id === permission.subtask_id)
    return {
      ...{ kind: 'permission', id: permission.id, task, since: permission.asked_at, permission },
      agent: { id: permission.agent_id, role: 'developer' },
      ...(subtask && { subtask: { id: subtask.id, name: subtask.name } }),
      held: 2,
    }
  })
}

/** A review without approval asks a person. */
function reviewsOf(task: Task): AttentionItem[] {
  const asked = new Set(plans[task.id]?.subtasks.map(({ verdict }) => verdict?.question_id))
  return (questions[task.id] ?? [])
    .filter(({ id, status }) => asked.has(id) && status === 'pending')
    .map((question) => ({
      ...{ kind: 'question', id: question.id, task, question, open: 1 },
      since: question.asked_at,
    }))
}

function failuresOf(task: Task): AttentionItem[] {
  const common = { task, since: task.updated_at }
  return (plans[task.id]?.subtasks ?? [])
    .filter(({ status }) => status === 'failed')
    .map((subtask) => ({
      kind: subtask.conflicts ? ('conflict' as const) : ('subtask' as const),
      id: `subtask-${task.id}-${subtask.id}`,
      ...{ ...common, subtask, held: 1 },
    }))
}
