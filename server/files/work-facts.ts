import { AppError } from '#contract/errors.ts'
import { listAgents } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { findTask } from '#db/tasks.ts'
import type { WorkFacts } from './works.ts'

/** Throws `task.not-found`. */
export function workFacts(tx: Tx, taskId: string): WorkFacts {
  const task = findTask(tx, taskId)
  if (!task) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  const { branch, baseCommit, headCommit } = task
  return {
    branch,
    baseCommit,
    headCommit,
    agents: listAgents(tx, { taskId }),
    subtasks: listSubtasks(tx, taskId),
  }
}
