/** Rows as clients see them. */
import type { Agent } from '#contract/agent.ts'
import type { Delivery } from '#contract/delivery.ts'
import type { Halt } from '#contract/ending.ts'
import type { TeamMessage } from '#contract/event.ts'
import type { Plan, PlanVersion, Question, Subtask } from '#contract/plan.ts'
import { planWarnings } from '#contract/plan-warnings.ts'
import type { RestoreRecord, TaskRestore } from '#contract/restore.ts'
import type { Task, TaskProgress } from '#contract/task.ts'
import type { AgentRow } from '#db/agents.ts'
import type { DeliveryRow } from '#db/deliveries.ts'
import { type FollowUpRow, toFollowUp } from '#db/follow-ups.ts'
import type { MessageRow } from '#db/messages.ts'
import type { PlanRow } from '#db/plans.ts'
import type { QuestionRow } from '#db/questions.ts'
import { type TaskSetupRow, toTaskSetup } from '#db/setups.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { isLive } from './view.ts'

const toPending = (open: { pendingPermissions: number; pendingQuestions: number }) => ({
  ...(open.pendingPermissions > 0 && { pending_permissions: open.pendingPermissions }),
  ...(open.pendingQuestions > 0 && { pending_questions: open.pendingQuestions }),
})

export function toTask(
  row: TaskRow,
  more: {
    statuses: readonly SubtaskRow['status'][]
    costUsd: number
    pendingPermissions: number
    pendingQuestions: number
    prUrl?: string | undefined
    delivery?: DeliveryRow | undefined
    setup?: TaskSetupRow | undefined
    followUps?: readonly FollowUpRow[]
    agents?: Agent[]
    halt?: Halt | undefined
  },
): Task {
  return {
    id: row.id,
    name: row.name,
    prompt: row.prompt,
    status: row.status,
    phase: row.phase,
    ...(row.error !== null && { error: row.error }),
    has_state: row.hasState,
    ...(row.repoTemplate !== null && { repo_template_id: row.repoTemplate }),
    ...(row.credentialId !== null && { credential_id: row.credentialId }),
    ...(row.teamTemplate !== null && { team_template: row.teamTemplate }),
    ...(row.team !== null && { team_name: row.team.name, ...(more.agents && { team: row.team }) }),
    mode: row.mode,
    model: row.model,
    source: row.source,
    limits: row.limits,
    auto_approve: row.autoApprove,
    permission_mode: row.permissionMode,
    ...time('frozen_since', row.frozenAt),
    permission_rules: row.permissionRules,
    ...toPending(more),
    ...(row.relaunchedFrom !== null && {
      relaunched_from: row.relaunchedFrom,
      keeps_context: row.previousRun !== null,
    }),
    ...(row.forkedFrom !== null && { forked_from: row.forkedFrom }),
    ...(row.restore !== null && { restore: toTaskRestore(row.restore) }),
    branch: row.branch,
    base_commit: row.baseCommit,
    head_commit: row.headCommit,
    plan_version: row.planVersion,
    progress: toProgress(more.statuses),
    cost_usd: more.costUsd,
    ...(more.prUrl !== undefined && { pr_url: more.prUrl }),
    ...outside(more),
    ...(row.testCommand !== null && { test_command: row.testCommand }),
    ...(more.agents && row.resultCheck && { result_check: row.resultCheck }),
    ...(more.followUps?.length && { follow_ups: more.followUps.map(toFollowUp) }),
    ...(more.halt && { halt: more.halt }),
    ...(more.agents && { agents: more.agents }),
    created_at: toIso(row.createdAt),
    updated_at: toIso(row.updatedAt),
    ...time('started_at', row.startedAt),
    ...time('completed_at', row.completedAt),
  }
}

const outside = ({
  setup,
  delivery,
}: {
  setup?: TaskSetupRow | undefined
  delivery?: DeliveryRow | undefined
}) => ({
  ...(setup && { setup: toTaskSetup(setup) }),
  ...(delivery && { delivery: toDelivery(delivery) }),
})

export const toDelivery = (row: DeliveryRow): Delivery => ({
  settings: row.settings,
  state: row.state,
  branch: row.branch,
  ...(row.target !== null && { target: row.target }),
  ...(row.pushedCommit !== null && { commit: row.pushedCommit }),
  ...(row.commits !== null && { commits: row.commits }),
  ...time('pushed_at', row.pushedAt),
  ...(row.pullRequest !== null && { pull_request: row.pullRequest }),
  notes: row.notes,
  ...(row.conflicts !== null && { conflicts: row.conflicts }),
  ...(row.error !== null && { error: row.error }),
  attempts: row.attempts,
  ...time('next_look_at', row.pollAt),
  ...(row.pollError !== null && { look_error: row.pollError }),
})
const toTaskRestore = ({ agents: _, error_before: __, ...restore }: RestoreRecord): TaskRestore =>
  restore

/** Undefined when nothing is being stopped, or was. An agent that had not begun has nothing to bring to rest, nor one that was only laid. */
export function toHalt(task: TaskRow, agents: readonly AgentRow[]): Halt | undefined {
  const { intent, intentAt, status, pausedBy } = task
  if (intentAt === null || (intent === null && status !== 'paused')) return undefined
  const begun = agents.filter(
    ({ startedAt, restoredFrom, run }) => startedAt !== null && !(restoredFrom && run === 0),
  )
  // One that had come to its own end just before has not been stopped.
  const atRest = begun.filter(
    ({ status, completedAt }) =>
      (status === 'stopped' || status === 'lost') && (completedAt ?? 0) >= intentAt,
  )
  return {
    asked_at: toIso(intentAt),
    by: pausedBy ?? 'person',
    agents: begun.filter(isLive).length + atRest.length,
    at_rest: atRest.length,
    saved: atRest.filter(({ status, holdsResources }) => status !== 'lost' && holdsResources)
      .length,
    lost: atRest.filter(({ status }) => status === 'lost').map(({ id }) => id),
  }
}

function toProgress(statuses: readonly SubtaskRow['status'][]): TaskProgress {
  const number = (...wanted: SubtaskRow['status'][]): number =>
    statuses.filter((status) => wanted.includes(status)).length
  return {
    total: statuses.length,
    completed: number('completed'),
    running: number('running', 'integrating'),
    failed: number('failed'),
    skipped: number('skipped'),
  }
}

/** `live` are the subtask rows when this is the newest version; an older one shows its definitions only. */
export function toPlan(
  row: PlanRow,
  live: readonly SubtaskRow[],
  task: Pick<TaskRow, 'mode' | 'team'>,
): Plan {
  const { draft } = row
  const warnings = planWarnings(draft, task)
  return {
    id: row.id,
    task_id: row.taskId,
    version: row.version,
    origin: row.origin,
    analysis: draft.analysis,
    strategy: draft.strategy,
    subtasks: draft.subtasks.map((spec): Subtask => {
      const state = live.find(({ id }) => id === spec.id)
      if (state) return toSubtask(state)
      return { ...spec, status: 'pending', attempt: 0, max_attempts: 1 }
    }),
    estimated_agents: draft.estimated_agents,
    notes: draft.notes,
    ...(warnings.length > 0 && { warnings }),
    status: row.status,
    created_at: toIso(row.createdAt),
  }
}

function toSubtask(row: SubtaskRow): Subtask {
  return {
    ...row.spec,
    status: row.status,
    ...(row.agentId !== null && { agent_id: row.agentId }),
    attempt: row.attempt,
    max_attempts: row.maxAttempts,
    ...(row.error !== null && { error: row.error }),
    ...(row.summary !== null && { summary: row.summary }),
    ...(row.conflicts !== null && { conflicts: row.conflicts }),
    ...(row.resolution !== null && { resolution: row.resolution }),
    ...(row.verdict !== null && { verdict: row.verdict }),
    ...(row.rounds > 0 && { rounds: row.rounds }),
    ...(row.workCommit !== null && { work_commit: row.workCommit }),
    ...(row.mergedCommit !== null && { merged_commit: row.mergedCommit }),
    ...time('started_at', row.startedAt),
    ...time('completed_at', row.completedAt),
  }
}

export const toPlanVersion = (row: PlanRow): PlanVersion => ({
  version: row.version,
  origin: row.origin,
  status: row.status,
  subtasks: row.draft.subtasks.length,
  created_at: toIso(row.createdAt),
})

export const toQuestion = (row: QuestionRow): Question => ({
  id: row.id,
  task_id: row.taskId,
  round: row.round,
  text: row.text,
  ...(row.context !== null && { context: row.context }),
  suggestions: row.suggestions,
  options: row.options,
  ...(row.answer !== null && { answer: row.answer }),
  status: row.status,
  asked_at: toIso(row.askedAt),
  ...time('answered_at', row.answeredAt),
})

export const toTeamMessage = (
  row: MessageRow,
  deliveries: readonly { recipient: string; state: 'waiting' | 'sent' | 'read' }[] = [],
): TeamMessage => ({
  id: row.id,
  task_id: row.taskId,
  ...(row.fromAgentId !== null && { from_agent_id: row.fromAgentId }),
  ...(row.fromSubtaskId !== null && { from_subtask_id: row.fromSubtaskId }),
  ...(row.toAgentId !== null && { to_agent_id: row.toAgentId }),
  ...(row.toSubtaskId !== null && { to_subtask_id: row.toSubtaskId }),
  msg_type: row.msgType,
  content: row.content,
  ...(deliveries.length > 0 && {
    deliveries: deliveries.map(({ recipient, state }) => ({ to: recipient, state })),
  }),
  created_at: toIso(row.createdAt),
})

const time = <K extends string>(key: K, epochMs: number | null): Partial<Record<K, string>> =>
  // A computed key is widened to an index signature; it is K.
  epochMs === null ? {} : ({ [key]: toIso(epochMs) } as Record<K, string>)
