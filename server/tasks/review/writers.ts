/** Who wrote a line: the subtask whose agent is to hear what a person says to it. */

import { AppError } from '#contract/errors.ts'
import type { DiffSide } from '#contract/review.ts'
import { listAgents } from '#db/agents.ts'
import { listSubtasks } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { Desk } from '#tasks/desk.ts'

type Line = {
  commit: string
  path: string
  line: number
  side: DiffSide
  /** Whose work is looked at. */
  agentId: string | undefined
}

export type Writers = {
  /** Undefined when nobody who can still be told is known. Throws `agent.not-found`. */
  of(task: TaskRow, line: Line): Promise<string | undefined>
}

export function createWriters({ db, workspaces }: Pick<Desk, 'db' | 'workspaces'>): Writers {
  /** Whose work last changed the file, for lines that nobody of the team wrote. */
  const lastToTouch = async (taskId: string, path: string): Promise<string | undefined> => {
    const merged = listSubtasks(db, taskId)
      .filter(({ agentId, workCommit, mergedCommit }) => agentId && workCommit && mergedCommit)
      .toSorted((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0))
    for (const { id, agentId, workCommit } of merged) {
      if (!agentId || !workCommit) continue
      const range = await workspaces.mergeOf(taskId, { agentId, commit: workCommit })
      if (range && (await workspaces.isTouched(taskId, { ...range, path }))) return id
    }
    return merged.length === 1 ? merged[0]?.id : undefined
  }

  return {
    async of({ id: taskId }, { agentId, side, ...place }) {
      const known = new Set(listSubtasks(db, taskId).map(({ id }) => id))
      const agents = listAgents(db, { taskId }).filter(
        ({ subtaskId }) => subtaskId !== null && known.has(subtaskId),
      )
      if (agentId !== undefined) {
        const agent = listAgents(db, { taskId }).find(({ id }) => id === agentId)
        if (!agent) throw new AppError('agent.not-found', `The task has no agent ${agentId}.`)
        if (agent.subtaskId !== null && known.has(agent.subtaskId)) return agent.subtaskId
      }
      // Who wrote a line that is gone did not take it away.
      const writer = side === 'new' ? await workspaces.writerOf(taskId, place, agents) : undefined
      const subtaskId = agents.find(({ id }) => id === writer)?.subtaskId
      return subtaskId ?? (await lastToTouch(taskId, place.path))
    },
  }
}
