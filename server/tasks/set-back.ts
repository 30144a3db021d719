/** What a checkpoint makes of a task: pure, so that the preview says what the restore does. */
import type { Manifest, SavedAgent } from '#checkpoints/manifest.ts'
import type { PlanStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import { runOutcome } from './outcome.ts'

export type SetBack = {
  status: TaskStatus
  error: string | null
  /** As they will be, still with the agents they had. */
  subtasks: SubtaskRow[]
  /** Those whose files and conversation come back: at work on what is not done, or planning. */
  agents: SavedAgent[]
  planStatus: PlanStatus | null
  /** There was no approved plan yet: the next thing is planning. */
  isPlanning: boolean
}

/**
 * Nothing goes on by itself: what was at work is paused. A subtask goes on with the agent whose save there is, and begins
 * again when there is none.
 */
export function setBack(manifest: Manifest, to: 'same-task' | 'new-task'): SetBack {
  const status = statusAfter(manifest.task, to)
  const isOver = status === 'cancelled' || status === 'completed'
  const wasPlanning = manifest.task.status === 'planning' || manifest.task.status === 'paused'
  const isPlanning = wasPlanning && status === 'paused' && manifest.plan?.status !== 'approved'
  const saveOf = (agentId: string | null): SavedAgent | undefined =>
    manifest.saved.find(({ agent_id: id }) => id === agentId)
  const isAtWork = ({ status }: SubtaskRow): boolean => status === 'queued' || status === 'running'
  const workers = manifest.subtasks.filter(isAtWork).map(({ agentId }) => saveOf(agentId))
  const planner = isPlanning ? saveOf(plannerOf(manifest)) : undefined
  return {
    status,
    error: status === 'failed' ? failureOf(manifest) : null,
    subtasks: isOver
      ? manifest.subtasks
      : manifest.subtasks.map((row) =>
          isAtWork(row) ? resting(row, saveOf(row.agentId)) : withoutResolver(row),
        ),
    agents: isOver ? [] : [...workers, planner].filter((agent) => agent !== undefined),
    // One that approves by itself needs no person: it runs when the task goes on.
    planStatus:
      manifest.task.status === 'planned' && status === 'paused'
        ? 'approved'
        : (manifest.plan?.status ?? null),
    isPlanning,
  }
}

function statusAfter(
  { status, autoApprove }: Manifest['task'],
  to: 'same-task' | 'new-task',
): TaskStatus {
  // One that approves by itself would run at once.
  if (status === 'planned') return autoApprove ? 'paused' : 'planned'
  const isOver = status === 'completed' || status === 'failed' || status === 'cancelled'
  return isOver && to === 'same-task' ? status : 'paused'
}

const failureOf = ({ task, subtasks }: Manifest): string => {
  const outcome = runOutcome(subtasks)
  return task.error ?? (outcome.status === 'failed' ? outcome.error : 'The task had failed.')
}

const plannerOf = ({ agents, task }: Manifest): string | null =>
  agents.find(({ kind, attempt }) => kind === 'planner' && attempt === task.planningSession)?.id ??
  null

const resting = (row: SubtaskRow, saved: SavedAgent | undefined): SubtaskRow =>
  saved && !row.verdict?.question_id
    ? { ...row, status: 'queued' }
    : {
        // What was asked of a person then is not asked any more: the review is made again.
        ...{
          ...row,
          verdict: withoutQuestion(row.verdict),
          status: 'pending',
          agentId: null,
          startedAt: null,
        },
        attempt: Math.max(0, row.attempt - 1),
      }

/** Its merge is tried again, and an agent for it is found anew. */
const withoutResolver = (row: SubtaskRow): SubtaskRow =>
  row.status === 'integrating' && row.resolution ? { ...row, resolution: null } : row

function withoutQuestion(verdict: SubtaskRow['verdict']): SubtaskRow['verdict'] {
  if (!verdict) return null
  const { question_id: _, ...rest } = verdict
  return rest
}

/** An agent that the checkpoint knows nothing of. */
export const isOfLater = ({ agents }: Pick<Manifest, 'agents'>, agent: { id: string }): boolean =>
  !agents.some(({ id }) => id === agent.id)
