import type { Usage } from '#contract/agent.ts'
import type { InstallationUsage, TaskUsage } from '#contract/usage.ts'
import { type Call, print, wordOf } from './call.ts'
import { findTask, taskPath } from './find.ts'
import { renderTable } from './table.ts'
import { formatMoney, shortId } from './words.ts'

export async function showCost(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const usage = await call.api.get<TaskUsage>(`${taskPath(task)}/usage`)
  const account = await call.api.get<InstallationUsage>('/api/usage')
  await print(call, usage, () => [
    ...(usage.agents.length > 0 ? renderCost(call, usage) : ['No agent has worked yet.']),
    ...renderLimit(call, account),
  ])
  return 0
}

function renderCost({ terminal, paint }: Call, usage: TaskUsage): string[] {
  const columns = [
    { title: 'AGENT' },
    { title: 'DOES', shrinksTo: 10 },
    { title: 'MODEL', shrinksTo: 6 },
    { title: 'TURNS', align: 'right' as const },
    { title: 'CALLS', align: 'right' as const },
    { title: 'TOKENS', align: 'right' as const },
    { title: 'COST', align: 'right' as const },
  ]
  const rows = usage.agents.map((agent) => [
    shortId(agent.agent_id),
    agent.subtask_id ?? agent.role,
    agent.model,
    ...figures(agent),
  ])
  const all = ['', 'all', '', ...figures(usage)]
  return renderTable(columns, [...rows, all], { width: terminal.columns, paint })
}

const figures = (of: Pick<TaskUsage, 'turns' | 'tool_calls' | 'usage' | 'cost_usd'>): string[] => [
  String(of.turns),
  String(of.tool_calls),
  countTokens(of.usage).toLocaleString('en'),
  formatMoney(of.cost_usd),
]

const countTokens = (usage: Usage): number =>
  Object.values(usage).reduce((sum, each) => sum + each, 0)

function renderLimit({ paint }: Call, { reached }: InstallationUsage): string[] {
  if (!reached) return []
  const until = reached.resets_at ? ` until ${reached.resets_at}` : ''
  return ['', paint.state('need', `The Claude account is used up${until}.`)]
}
