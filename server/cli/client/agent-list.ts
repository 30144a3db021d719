import type { Agent } from '#contract/agent.ts'
import { type Call, print } from './call.ts'
import { findTask, taskPath } from './find.ts'
import { renderTable } from './table.ts'
import { agentStatus, formatMoney, shortId } from './words.ts'

export async function listAgents(call: Call): Promise<number> {
  const { api, words } = call
  const [typed] = words
  if (typed === undefined) {
    const answer = await api.get<{ agents: Agent[] }>('/api/agents')
    await print(call, answer, () =>
      answer.agents.length > 0
        ? renderAgents(call, answer.agents, { withTask: true })
        : ['No agent is at work.'],
    )
    return 0
  }
  const task = await findTask(api, typed)
  const agents = await api.get<Agent[]>(`${taskPath(task)}/agents`)
  await print(call, agents, () =>
    agents.length > 0 ? renderAgents(call, agents) : ['The task has had no agent yet.'],
  )
  return 0
}

export function renderAgents(
  { terminal, paint }: Pick<Call, 'terminal' | 'paint'>,
  agents: readonly Agent[],
  { withTask = false } = {},
): string[] {
  const columns = [
    { title: 'AGENT' },
    ...(withTask ? [{ title: 'TASK' }] : []),
    { title: 'STATUS' },
    { title: 'SUBTASK', shrinksTo: 10 },
    { title: 'COST', align: 'right' as const },
    { title: 'DOES', shrinksTo: 10 },
  ]
  const rows = agents.map((agent) => [
    shortId(agent.id),
    ...(withTask ? [shortId(agent.task_id)] : []),
    agentStatus(agent),
    agent.subtask_id ?? agent.role,
    formatMoney(agent.cost_usd),
    agent.error ?? agent.activity ?? '',
  ])
  return renderTable(columns, rows, { width: terminal.columns, paint })
}
