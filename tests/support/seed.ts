/** Rows as a test wants them, without playing everything that leads there. Nothing in the background knows of them. */
import type { AgentStatus } from '#contract/agent.ts'
import type { PlanDraft, SubtaskSpec, SubtaskStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'
import { findAgent, insertAgent, updateAgent } from '#db/agents.ts'
import { insertMessage } from '#db/messages.ts'
import type { Db } from '#db/open.ts'
import { insertPermission } from '#db/permissions.ts'
import { insertPlan } from '#db/plans.ts'
import { insertQuestions } from '#db/questions.ts'
import { changeSubtaskStatus, replaceSubtasks, updateSubtask } from '#db/subtasks.ts'
import { findTask, insertTask, updateTask } from '#db/tasks.ts'

const now = Date.parse('2026-01-01T12:00:00Z')

export const spec = (id: string, dependsOn: string[] = []): SubtaskSpec => ({
  id,
  name: `Do ${id}`,
  description: '',
  prompt: `Please do ${id}.`,
  depends_on: dependsOn,
  files_involved: [],
  complexity: 'low',
  agent_role: 'developer',
})

export const draft = (...subtasks: SubtaskSpec[]): PlanDraft => ({
  analysis: 'Small.',
  strategy: 'parallel',
  subtasks,
  estimated_agents: 1,
  notes: '',
})

export type SeedTask = {
  id?: string
  status?: TaskStatus
  name?: string
  baseCommit?: string
  createdAt?: number
}

/** A task in any status; `t1` unless it is called otherwise. */
export function seedTask(db: Db, task: SeedTask = {}): string {
  const { id = 't1', status = 'created', name = 'Count', createdAt = now } = task
  insertTask(db, {
    id,
    name,
    prompt: 'Count to ten.',
    status,
    phase: status === 'planned' ? 'awaiting_approval' : null,
    mode: 'parallel',
    model: 'opus',
    source: { kind: 'empty' },
    limits: {},
    autoApprove: false,
    outputFiles: [],
    branch: `klaudio/${id}`,
    planningSession: status === 'created' ? 0 : 1,
    baseCommit: task.baseCommit ?? null,
    headCommit: task.baseCommit ?? null,
    createdAt,
    updatedAt: createdAt,
  })
  return id
}

/** The next version of a plan with its subtasks, all pending unless `statuses` says otherwise. Approved once the task has run. */
export function seedPlan(
  db: Db,
  taskId: string,
  plan: PlanDraft = draft(spec('one'), spec('two', ['one'])),
  statuses: Record<string, SubtaskStatus> = {},
): void {
  const isBefore = ['created', 'planning', 'planned'].includes(findTask(db, taskId)?.status ?? '')
  const { version } = insertPlan(db, {
    id: `plan-of-${taskId}-${crypto.randomUUID()}`,
    taskId,
    origin: 'planner',
    draft: plan,
    status: isBefore ? 'planned' : 'approved',
    now,
  })
  updateTask(db, taskId, { planVersion: version }, now)
  replaceSubtasks(db, taskId, { specs: plan.subtasks, maxAttempts: 2 })
  for (const [id, to] of Object.entries(statuses))
    changeSubtaskStatus(db, { taskId, id, from: ['pending'], to })
}

export function seedQuestions(db: Db, taskId: string, texts: string[]): void {
  insertQuestions(db, {
    taskId,
    agentId: 'planner-1',
    planningSession: 1,
    round: 1,
    questions: texts.map((text, index) => ({
      id: `q${index + 1}`,
      text,
      suggestions: ['the first'],
      options: ['yes', 'no'],
    })),
    now,
  })
}

export type SeedAgent = {
  id?: string
  kind?: 'planner' | 'worker'
  status?: AgentStatus
  subtaskId?: string
  containerId?: string
}

/** An agent in any status; `a1` unless it is called otherwise. */
export function seedAgent(db: Db, taskId: string, agent: SeedAgent = {}): string {
  const { id = 'a1', kind = 'worker', status = 'running', subtaskId, containerId } = agent
  insertAgent(db, {
    id,
    taskId,
    kind,
    role: kind === 'planner' ? 'planner' : 'developer',
    status,
    model: 'opus',
    attempt: 1,
    sessionId: '00000000-0000-4000-8000-000000000000',
    createdAt: now,
    ...(subtaskId ? { subtaskId } : {}),
  })
  if (containerId) updateAgent(db, id, { containerId })
  if (subtaskId) updateSubtask(db, taskId, subtaskId, { agentId: id, attempt: 1 })
  return id
}

/** What agents ask to be allowed, `p1`, `p2`, ..., one millisecond after the other. */
export function seedPermissions(
  db: Db,
  taskId: string,
  commands: readonly string[],
  { agentId = 'a1', rules = ['Bash(npm test *)'] }: { agentId?: string; rules?: string[] } = {},
): void {
  const subtaskId = findAgent(db, agentId)?.subtaskId ?? null
  for (const [index, command] of commands.entries())
    insertPermission(db, {
      subtaskId,
      id: `p${index + 1}`,
      taskId,
      agentId,
      requestId: `r${index + 1}`,
      tool: 'Bash',
      input: { command },
      reason: 'This command requires approval',
      rules,
      askedAt: now + index,
    })
}

export function seedMessage(db: Db, taskId: string, content: string): number {
  const row = { taskId, fromSubtaskId: 'one', msgType: 'message' as const, content, createdAt: now }
  return insertMessage(db, row).id
}
