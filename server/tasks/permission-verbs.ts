/** What agents ask a person to allow. Reached through their task only. */
import { AppError } from '#contract/errors.ts'
import type { AnswerPermission, Permission } from '#contract/permission.ts'
import type { Tx } from '#db/open.ts'
import {
  findPermission,
  listPending,
  listPermissions as listRows,
  toPermission,
} from '#db/permissions.ts'
import { getAgentOf } from './agent-verbs.ts'
import type { Desk } from './desk.ts'
import { getTask } from './records.ts'
import type { PermissionFilter } from './tasks.ts'

const pageLimit = 100

export function listPermissions(tx: Tx, filter: PermissionFilter): Permission[] {
  const { taskId, agentId, scope, limit = pageLimit } = filter
  if (taskId !== undefined) getTask(tx, taskId)
  if (taskId !== undefined && agentId !== undefined) getAgentOf(tx, taskId, agentId)
  const ofAgent = agentId === undefined ? {} : { agentId }
  const rows =
    scope === 'all' && taskId !== undefined
      ? listRows(tx, { taskId, limit, ...ofAgent })
      : listPending(tx, taskId).filter((row) => agentId === undefined || row.agentId === agentId)
  return rows.map(toPermission)
}

export function answerPermission(
  { db, agents }: Desk,
  { taskId, id, answer }: { taskId: string; id: string; answer: AnswerPermission },
): Permission {
  getTask(db, taskId)
  const row = findPermission(db, id)
  if (row?.taskId !== taskId)
    throw new AppError('permission.not-found', 'No agent of this task asked for this permission.')
  agents.answerPermission(id, answer)
  return toPermission(findPermission(db, id) ?? row)
}
