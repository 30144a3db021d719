/** What the made-up tasks have cost, and what is left of the account. */
import type { Agent } from '#contract/agent.ts'
import type { AgentUsage, InstallationUsage, TaskUsage } from '#contract/usage.ts'
import { agents, tasks } from './mock-data.ts'

const hourMs = 3_600_000
const later = (hours: number): string => new Date(Date.now() + hours * hourMs).toISOString()

function toUsage(agent: Agent): AgentUsage {
  const { id, subtask_id, started_at: start, completed_at: end, cost_usd } = agent
  const spent = Math.round(cost_usd * 400_000)
  return {
    ...{ agent_id: id, role: agent.role, kind: agent.kind, status: agent.status },
    ...{ attempt: agent.attempt, cost_usd, turns: Math.ceil(cost_usd * 9) },
    model: agent.role === 'writer' || agent.kind === 'planner' ? 'claude-sonnet-5-5' : agent.model,
    tool_calls: Math.ceil(cost_usd * 41),
    ...(subtask_id && { subtask_id }),
    ...(start && { duration_ms: Date.parse(end ?? later(0)) - Date.parse(start) }),
    usage: {
      input_tokens: Math.round(spent * 0.04),
      output_tokens: Math.round(spent * 0.06),
      cache_write_tokens: Math.round(spent * 0.2),
      cache_read_tokens: Math.round(spent * 1.9),
    },
  }
}

type Spent = Pick<TaskUsage, 'cost_usd' | 'turns' | 'tool_calls' | 'usage'>

const sum = (all: readonly Spent[]): Spent => ({
  cost_usd: all.reduce((total, each) => total + each.cost_usd, 0),
  turns: all.reduce((total, each) => total + each.turns, 0),
  tool_calls: all.reduce((total, each) => total + each.tool_calls, 0),
  usage: {
    input_tokens: all.reduce((total, { usage }) => total + usage.input_tokens, 0),
    output_tokens: all.reduce((total, { usage }) => total + usage.output_tokens, 0),
    cache_read_tokens: all.reduce((total, { usage }) => total + usage.cache_read_tokens, 0),
    cache_write_tokens: all.reduce((total, { usage }) => total + usage.cache_write_tokens, 0),
  },
})

const shape = [0.02, 0.11, 0, 0.08, 0.3, 0.12, 0.41, 0.22, 0.05, 0.36, 0.28, 0.35]

export function usageOf(taskId: string): TaskUsage {
  const known = tasks.find(({ id }) => id === taskId)?.agents ?? agents
  const list = known
    .filter((agent) => agent.task_id === taskId && agent.cost_usd > 0)
    .map(toUsage)
    .sort((a, b) => b.cost_usd - a.cost_usd)
  const models = Map.groupBy(list, ({ model }) => model)
  const begin = Math.floor(Date.now() / 60_000) - shape.length + 1
  return {
    task_id: taskId,
    ...sum(list),
    agents: list,
    models: [...models].map(([model, of]) => ({ model, agents: of.length, ...sum(of) })),
    over_time: {
      span_seconds: 60,
      spans: (list.length > 0 ? shape : []).map((cost_usd, at) => ({
        ...{ cost_usd, tokens: Math.round(cost_usd * 800_000) },
        from: new Date((begin + at) * 60_000).toISOString(),
      })),
    },
  }
}

export function installationUsage(query: URLSearchParams): InstallationUsage {
  const since = Date.parse(query.get('since') ?? later(-24))
  const hours = Math.floor((Date.now() - since) / hourMs) + 1
  return {
    windows: [
      ...[{ name: 'five_hour', status: 'allowed', utilization: 0.62, resets_at: later(1.4) }],
      ...[{ name: 'seven_day', status: 'allowed', utilization: 0.31, resets_at: later(76) }],
    ].map((each) => ({ ...each, status: 'allowed' as const, seen_at: later(0) })),
    hours: Array.from({ length: hours }, (_, at) => ({
      from: new Date(since + at * hourMs).toISOString(),
      cost_usd: (at * 7) % 5 === 0 ? 0 : ((at * 13) % 9) / 3,
    })),
  }
}
