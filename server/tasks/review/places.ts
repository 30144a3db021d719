/** Where lines that were spoken of stand in what somebody looks at, and what keeps them findable. */
import { findAgent } from '#db/agents.ts'
import type { CommentRow } from '#db/reviews.ts'
import type { TaskRow } from '#db/tasks.ts'
import { getAgentOf } from '#tasks/agent-verbs.ts'
import type { Desk } from '#tasks/desk.ts'

export type At = {
  from?: string | undefined
  to?: string | undefined
  /** An agent whose handed-in work is looked at. */
  agent?: string | undefined
  /** An agent whose files are looked at in its container: `to` is what was read there. */
  live?: string | undefined
}

/** What a look has may be gone tomorrow. Returns what the agent has handed in by now. */
export async function keepLook(
  { db, workspaces }: Desk,
  taskId: string,
  { live, ...object }: { id: string; oid: string; commit: string; live: string },
): Promise<string | undefined> {
  getAgentOf(db, taskId, live)
  await workspaces.keepObject(taskId, { ...object, live })
  return await workspaces.handedInBy(taskId, live)
}

/** Of comments without a place: whether what is looked at could not have their lines, because it lacks the work they were made on. */
export async function readAbsence(
  { db, workspaces }: Desk,
  { id: taskId, branch, headCommit }: TaskRow,
  { rows, at }: { rows: readonly CommentRow[]; at: At },
): Promise<(row: CommentRow) => boolean> {
  const looked = at.live ?? at.agent
  const own = looked === undefined ? undefined : findAgent(db, looked)?.subtaskId
  if (headCommit === null || rows.every(({ agentId }) => agentId === null)) {
    return ({ subtaskId }) => looked !== undefined && subtaskId !== own
  }
  const handedIn = new Map(
    (await workspaces.handedIn(taskId, branch)).map((each) => [each.agentId, each]),
  )
  return ({ agentId, subtaskId, handedIn: before }) => {
    if (looked !== undefined && agentId !== looked && subtaskId !== own) return true
    if (agentId === null || at.live === agentId) return false
    const now = handedIn.get(agentId)
    return now === undefined || now.commit === before || (at.agent !== agentId && !now.isMerged)
  }
}

/** Of each comment, where its first line stands now. */
export async function placeAll(
  { db, workspaces }: Desk,
  { task, rows, at }: { task: TaskRow; rows: readonly CommentRow[]; at: At },
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const begin = at.live === undefined ? task.baseCommit : findAgent(db, at.live)?.baseCommit
  const sides = {
    old: { commit: at.from ?? begin },
    new: { commit: at.to ?? task.headCommit, live: at.live },
  }
  for (const side of ['old', 'new'] as const) {
    const own = rows.filter((row) => row.side === side)
    const { commit, ...look } = sides[side]
    if (own.length === 0 || !commit) continue
    const places = await workspaces.placeLines(task.id, { commit, ...look }, own)
    for (const [index, row] of own.entries()) {
      const place = places[index]
      if (place !== undefined) found.set(row.id, place)
    }
  }
  return found
}
