/** What a person is awaited for, over all tasks. */
import type { AttentionItem, AttentionSource } from '#contract/attention.ts'
import { type AgentRow, findAgent } from '#db/agents.ts'
import { type AttentionPlace, countAttention, listAttention } from '#db/attention.ts'
import { findDelivery } from '#db/deliveries.ts'
import { listWaiting, toFollowUp } from '#db/follow-ups.ts'
import type { Tx } from '#db/open.ts'
import { listPendingIn, toPermission } from '#db/permissions.ts'
import { outlinePlans } from '#db/plans.ts'
import { listPendingQuestions } from '#db/questions.ts'
import { outlineSubtasks, type SubtaskOutline } from '#db/subtasks.ts'
import { findTasks } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { dependentsOf } from './dag.ts'
import type { TaskDeps } from './deps.ts'
import type { AttentionFilter, AttentionPage } from './tasks.ts'
import { toQuestion } from './to-wire.ts'

/** What failed longer ago waits for nobody. */
const failedMs = 86_400_000

export function createAttention({ db, clock }: Pick<TaskDeps, 'db' | 'clock'>) {
  return {
    attention({ limit, after }: AttentionFilter): AttentionPage {
      const failedAfter = clock.now() - failedMs
      const query = { limit: limit + 1, failedAfter, ...(after ? { after } : {}) }
      const places = listAttention(db, query)
      const page = places.slice(0, limit)
      const next = places.length > page.length ? page.at(-1) : undefined
      return {
        items: readItems(db, page),
        total: countAttention(db, failedAfter),
        ...(next ? { next } : {}),
      }
    },
  }
}

type TaskOutline = ReturnType<typeof findTasks>[number]
type Common = Pick<AttentionItem, 'task' | 'since'>
type Read = (place: AttentionPlace, task: TaskOutline, common: Common) => AttentionItem | undefined

/** Reads what is told of these tasks in one go, and gives it out piece by piece. */
const readers: Record<AttentionSource, (db: Tx, taskIds: readonly string[]) => Read> = {
  permission(db, taskIds) {
    const rows = new Map(listPendingIn(db, taskIds).map((row) => [row.part, row]))
    const byTask = Map.groupBy(outlineSubtasks(db, taskIds), ({ taskId }) => taskId)
    return (place, task, common) => {
      const row = rows.get(place.part)
      const agent = row && findAgent(db, row.agentId)
      if (!agent) return undefined
      const subtasks = byTask.get(task.id) ?? []
      return {
        ...{ kind: 'permission', id: row.id, ...common, permission: toPermission(row) },
        ...toAsker(agent, subtasks),
        held: row.subtaskId === null ? 0 : countHeld(subtasks, row.subtaskId),
      }
    }
  },
  question(db, taskIds) {
    const byTask = Map.groupBy(listPendingQuestions(db, taskIds), ({ taskId }) => taskId)
    const subtasks = Map.groupBy(outlineSubtasks(db, taskIds), ({ taskId }) => taskId)
    return (place, task, common) => {
      const rows = byTask.get(task.id) ?? []
      const row = rows.find(({ position }) => position === place.part)
      if (!row) return undefined
      const agent = findAgent(db, row.agentId)
      return {
        ...{ kind: 'question', id: row.id, ...common, question: toQuestion(row) },
        ...(agent && toAsker(agent, subtasks.get(task.id) ?? [])),
        open: rows.length,
      }
    }
  },
  plan(db, taskIds) {
    const byTask = new Map(outlinePlans(db, taskIds).map((plan) => [plan.taskId, plan]))
    return (_place, task, common) => {
      const plan = byTask.get(task.id)
      if (!plan) return undefined
      const { version, strategy, estimatedAgents, subtasks } = plan
      return {
        kind: 'plan',
        id: `plan-${task.id}`,
        ...common,
        plan: { version, strategy, estimated_agents: estimatedAgents, subtasks },
      }
    }
  },
  subtask(db, taskIds) {
    const byTask = Map.groupBy(outlineSubtasks(db, taskIds), ({ taskId }) => taskId)
    return (place, task, common) => {
      const rows = byTask.get(task.id) ?? []
      const row = rows.find(({ position }) => position === place.part)
      return row && toFailure(row, rows, common)
    }
  },
  'follow-up'(db, taskIds) {
    const rows = new Map(listWaiting(db, taskIds).map((row) => [row.part, row]))
    return (place, task, common) => {
      const row = rows.get(place.part)
      if (!row) return undefined
      const pull = findDelivery(db, task.id)?.pullRequest
      const { number, url, title } = pull ?? {}
      return {
        ...{ kind: 'follow-up', id: row.id, ...common, follow_up: toFollowUp(row) },
        ...(number && url && title !== undefined && { pull_request: { number, url, title } }),
      }
    }
  },
  failed: () => (_place, task, common) => ({
    kind: 'failed',
    id: `failed-${task.id}`,
    ...common,
    error: task.error ?? 'It failed without a reason.',
  }),
}

function readItems(db: Tx, places: readonly AttentionPlace[]): AttentionItem[] {
  if (places.length === 0) return []
  const ids = (some: readonly AttentionPlace[]): string[] => [
    ...new Set(some.map(({ taskId }) => taskId)),
  ]
  const tasks = new Map(findTasks(db, ids(places)).map((task) => [task.id, task]))
  const bySource = Map.groupBy(places, ({ source }) => source)
  return [...bySource].flatMap(([source, some]) => {
    const read = readers[source](db, ids(some))
    return some.flatMap((place) => {
      const task = tasks.get(place.taskId)
      if (!task) return []
      return read(place, task, { task: toTask(task), since: toIso(place.since) }) ?? []
    })
  })
}

const toTask = ({ id, name, status, phase, branch, planVersion }: TaskOutline) => ({
  ...{ id, name, status, phase, branch },
  plan_version: planVersion,
})

function toAsker({ id, role, subtaskId }: AgentRow, subtasks: readonly SubtaskOutline[]) {
  const subtask = subtasks.find((each) => each.id === subtaskId)
  return {
    agent: { id, role },
    ...(subtask && { subtask: { id: subtask.id, name: subtask.name } }),
  }
}

function toFailure(
  row: SubtaskOutline,
  all: readonly SubtaskOutline[],
  common: Common,
): AttentionItem {
  const { id, name, role, agentId, attempt, maxAttempts, error, conflicts, resolution } = row
  return {
    kind: conflicts?.length ? 'conflict' : 'subtask',
    id: `subtask-${row.taskId}-${id}`,
    ...common,
    subtask: {
      ...{ id, name, agent_role: role, attempt, max_attempts: maxAttempts },
      ...(agentId !== null && { agent_id: agentId }),
      ...(error !== null && { error }),
      ...(conflicts !== null && { conflicts }),
      ...(conflicts !== null && resolution !== null && { resolution }),
    },
    held: countHeld(all, id),
  }
}

function countHeld(all: readonly SubtaskOutline[], id: string): number {
  return dependentsOf(
    all.filter(({ status }) => status !== 'completed'),
    id,
  ).length
}
