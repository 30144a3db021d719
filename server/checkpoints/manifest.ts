/** What is written down about a task in a checkpoint. Files and conversations are commits that it names. */
import type { CheckpointSummary } from '#contract/checkpoint.ts'
import { AppError } from '#contract/errors.ts'
import { type AgentRow, listAgents } from '#db/agents.ts'
import { lastMessageId } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import { findPlan, type PlanRow } from '#db/plans.ts'
import { listQuestions, type QuestionRow } from '#db/questions.ts'
import { listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'

export type SavedAgent = CheckpointSummary['agent_states'][number] & {
  /** HEAD and branch of its clone; null without a clone. */
  head: string | null
  branch: string | null
}

export type Manifest = {
  version: 1
  id: string
  takenAt: number
  task: Pick<
    TaskRow,
    | 'id'
    | 'name'
    | 'prompt'
    | 'status'
    | 'mode'
    | 'model'
    | 'source'
    | 'limits'
    | 'autoApprove'
    | 'outputFiles'
    | 'teamTemplate'
    | 'team'
    | 'branch'
    | 'baseCommit'
    | 'headCommit'
    | 'planVersion'
    | 'planningSession'
    | 'remark'
  > & {
    /** Absent in the first ones that were taken. */
    error?: string | null
  }
  plan: Pick<PlanRow, 'version' | 'origin' | 'draft' | 'status'> | null
  subtasks: SubtaskRow[]
  questions: QuestionRow[]
  agents: AgentRow[]
  saved: SavedAgent[]
  /** How far messages and events had come. */
  cursors: { lastMessageId: number; lastSeq: number }
}

export type TaskState = Omit<Manifest, 'version' | 'id' | 'takenAt' | 'saved'>

/** All rows of one moment. Undefined when the task is gone. */
export function readState(tx: Tx, taskId: string): TaskState | undefined {
  const row = findTask(tx, taskId)
  if (!row) return undefined
  const plan = findPlan(tx, taskId)
  return {
    task: pickTask(row),
    plan: plan
      ? { version: plan.version, origin: plan.origin, draft: plan.draft, status: plan.status }
      : null,
    subtasks: listSubtasks(tx, taskId),
    questions: listQuestions(tx, taskId, row.planningSession),
    agents: listAgents(tx, { taskId }),
    cursors: { lastMessageId: lastMessageId(tx, taskId), lastSeq: row.lastSeq },
  }
}

function pickTask(row: TaskRow): Manifest['task'] {
  const { id, name, prompt, status, mode, model, source, limits, autoApprove, outputFiles } = row
  const { teamTemplate, team, branch, baseCommit, headCommit, planVersion, planningSession } = row
  return {
    ...{ id, name, prompt, status, mode, model, source, limits, autoApprove, outputFiles },
    ...{ teamTemplate, team, branch, baseCommit, headCommit, planVersion, planningSession },
    ...{ remark: row.remark, error: row.error },
  }
}

/** Keys in one order, so that the same state gives the same bytes. */
export const formatManifest = (manifest: Manifest): string => JSON.stringify(manifest, null, 1)

/** Throws `git.failed` for one that a newer version wrote. What it holds is a hash's content, and was written by `formatManifest`. */
export function parseManifest(text: string): Manifest {
  const manifest = JSON.parse(text) as Manifest // as above
  if (manifest.version === 1) return manifest
  throw new AppError(
    'git.failed',
    'This checkpoint was written by a newer version of Klaudio. Start that version to use it.',
  )
}

export function toSummary(
  { task, plan, subtasks }: TaskState,
  saved: readonly SavedAgent[],
): CheckpointSummary {
  const idsOf = (...statuses: SubtaskRow['status'][]): string[] =>
    subtasks.filter(({ status }) => statuses.includes(status)).map(({ id }) => id)
  return {
    task_status: task.status,
    plan_progress: {
      plan_version: plan?.version ?? null,
      completed_subtasks: idsOf('completed'),
      current_subtasks: idsOf('queued', 'running', 'integrating'),
      failed_subtasks: idsOf('failed'),
      subtasks: subtasks.map(({ id, spec, status }) => ({ id, name: spec.name, status })),
    },
    agent_states: saved.map(({ head: _, branch: __, ...agent }) => agent),
    repo_state: task.headCommit ? { branch: task.branch, commit: task.headCommit } : null,
  }
}
