/** Which verb a task offers in which state: the server's table, less what is already under way. */
import type { Task } from '#contract/task.ts'

export type TaskVerb = 'relaunch' | 'start' | 'stop' | 'resume' | 'replan' | 'cancel' | 'delete'

const possible: Record<TaskVerb, readonly Task['status'][] | 'always'> = {
  start: ['created', 'failed', 'cancelled'],
  stop: ['planning', 'approved', 'running'],
  resume: ['paused'],
  replan: ['planned', 'running', 'paused', 'failed'],
  relaunch: ['completed', 'failed', 'cancelled'],
  cancel: ['created', 'planning', 'planned', 'approved', 'running', 'paused', 'failed'],
  delete: 'always',
}

/** A failed or cancelled task with a plan is replanned or retried; starting over is for one without. */
export function canDo(
  task: Pick<Task, 'status' | 'phase' | 'plan_version'>,
  verb: TaskVerb,
): boolean {
  const statuses = possible[verb]
  if (statuses === 'always') return true
  if (!statuses.includes(task.status)) return false
  if (task.phase === 'cancelling') return false
  if (task.phase === 'stopping' || task.phase === 'restoring') return verb === 'cancel'
  if (verb === 'start')
    return task.status === 'created' || task.plan_version === null || task.status === 'cancelled'
  if (verb === 'replan') return task.plan_version !== null
  return true
}
