/** What agents spend: of one task, and of the installation. */
import type { Usage as Tokens } from '#contract/agent.ts'
import type { AgentUsage, InstallationUsage, ModelUsage, TaskUsage } from '#contract/usage.ts'
import { type AgentRow, listAgents } from '#db/agents.ts'
import { listEvents } from '#db/events.ts'
import type { Tx } from '#db/open.ts'
import { costByHour, listUsage } from '#db/usage.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { toSpans } from './spans.ts'
import { toWindows } from './windows.ts'

export type Usage = {
  /** The task must exist. */
  ofTask(taskId: string): TaskUsage
  /** Hours from `since` (epoch milliseconds) on. */
  ofInstallation(since: number): InstallationUsage
}

/** Every agent says them again when they change: enough for the newest of each window. */
const heard = 200
const hourMs = 3_600_000

export function createUsage({ db, clock }: { db: Tx; clock: Clock }): Usage {
  return {
    ofTask(taskId) {
      const rows = listAgents(db, { taskId })
      const agents = rows.map((row) => toAgentUsage(row, clock.now()))
      return {
        task_id: taskId,
        ...addUp(agents),
        agents: agents.toSorted((a, b) => b.cost_usd - a.cost_usd),
        models: byModel(agents),
        over_time: toSpans(listUsage(db, taskId)),
      }
    },
    ofInstallation(since) {
      const now = clock.now()
      const events = listEvents(db, {
        types: ['agent.rate-limit'],
        before: Number.MAX_SAFE_INTEGER,
        limit: heard,
      })
      const costs = costByHour(db, since)
      const hours = Math.floor(Math.max(0, now - since) / hourMs) + 1
      return {
        ...toWindows(events, now),
        hours: Array.from({ length: hours }, (_, index) => ({
          from: toIso(since + index * hourMs),
          cost_usd: costs.get(index) ?? 0,
        })),
      }
    },
  }
}

function toAgentUsage(row: AgentRow, now: number): AgentUsage {
  return {
    agent_id: row.id,
    ...(row.subtaskId !== null && { subtask_id: row.subtaskId }),
    role: row.role,
    kind: row.kind,
    model: row.model,
    status: row.status,
    attempt: row.attempt,
    ...(row.startedAt !== null && { duration_ms: (row.completedAt ?? now) - row.startedAt }),
    cost_usd: row.costUsd,
    turns: row.turns,
    tool_calls: row.toolCalls,
    usage: row.usage,
  }
}

type Spent = Pick<TaskUsage, 'cost_usd' | 'turns' | 'tool_calls' | 'usage'>

function addUp(all: readonly Spent[]): Spent {
  const sum = (of: (each: Spent) => number): number => all.reduce((to, each) => to + of(each), 0)
  const tokens = (key: keyof Tokens): number => sum(({ usage }) => usage[key])
  return {
    cost_usd: sum((each) => each.cost_usd),
    turns: sum((each) => each.turns),
    tool_calls: sum((each) => each.tool_calls),
    usage: {
      input_tokens: tokens('input_tokens'),
      output_tokens: tokens('output_tokens'),
      cache_read_tokens: tokens('cache_read_tokens'),
      cache_write_tokens: tokens('cache_write_tokens'),
    },
  }
}

function byModel(agents: readonly AgentUsage[]): ModelUsage[] {
  const groups = Map.groupBy(agents, ({ model }) => model)
  return [...groups]
    .map(([model, of]) => ({ model, agents: of.length, ...addUp(of) }))
    .toSorted((a, b) => b.cost_usd - a.cost_usd)
}
