/** Pages of what may be many. */
import type { Agent } from '#contract/agent.ts'
import { type AgentRow, listAgents, listAgentsBackwards } from '#db/agents.ts'
import { pullRequestUrls } from '#db/deliveries.ts'
import type { Tx } from '#db/open.ts'
import { countPending } from '#db/permissions.ts'
import { countAskedByAgents } from '#db/questions.ts'
import { listStatuses } from '#db/subtasks.ts'
import { countTasks, listTasks } from '#db/task-list.ts'
import { costByTask } from '#db/tasks.ts'
import { getTask } from './records.ts'
import type { AgentFilter, AgentListPage, TaskFilter, TaskListPage } from './tasks.ts'
import { toTask } from './to-wire.ts'

/** Characters of a prompt in a brief list. */
const briefPrompt = 300

export function createLists(db: Tx, agentOf: (row: AgentRow) => Agent) {
  return {
    list(filter: TaskFilter): TaskListPage {
      const { isBrief, ...query } = filter
      const { rows, ...page } = listTasks(db, {
        ...query,
        ...(isBrief ? { promptLength: briefPrompt } : {}),
      })
      const ids = rows.map(({ id }) => id)
      const statuses = Map.groupBy(listStatuses(db, ids), ({ taskId }) => taskId)
      const costs = costByTask(db, ids)
      const pending = countPending(db, ids)
      const asked = countAskedByAgents(db, ids)
      const urls = pullRequestUrls(db, ids)
      const tasks = rows.map((row) =>
        toTask(row, {
          statuses: (statuses.get(row.id) ?? []).map(({ status }) => status),
          costUsd: costs.get(row.id) ?? 0,
          pendingPermissions: pending.get(row.id) ?? 0,
          pendingQuestions: asked.get(row.id) ?? 0,
          prUrl: urls.get(row.id),
        }),
      )
      return { ...page, tasks, counts: countTasks(db) }
    },
    agentPage(filter: AgentFilter): AgentListPage {
      if (filter.taskId !== undefined) getTask(db, filter.taskId)
      const rows = listAgentsBackwards(db, { ...filter, limit: filter.limit + 1 })
      const page = rows.slice(0, filter.limit)
      const last = rows.length > page.length ? page.at(-1) : undefined
      return {
        agents: page.map(agentOf),
        ...(last ? { next: { createdAt: last.createdAt, id: last.id } } : {}),
      }
    },
    liveAgents: (): Agent[] =>
      listAgents(db, { statuses: ['queued', 'created', 'running'] })
        .filter((row) => row.status === 'queued' || row.containerId !== null)
        .map(agentOf),
  }
}
