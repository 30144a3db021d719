/** Figures of what agents spent, as pages and spreadsheets show them. */
import type { Usage } from '#contract/agent.ts'
import type { AgentUsage, TaskUsage } from '#contract/usage.ts'

export const countTokens = (usage: Usage): number =>
  Object.values(usage).reduce((sum, each) => sum + each, 0)

/** In the order in which they are shown: what is dearest last. */
export const tokenKinds = [
  ['cache_read_tokens', 'Cache read'],
  ['cache_write_tokens', 'Cache write'],
  ['input_tokens', 'Input'],
  ['output_tokens', 'Output'],
] as const satisfies readonly [keyof Usage, string][]

const head = [
  ...['agent_id', 'subtask', 'role', 'model', 'status', 'attempt', 'duration_s', 'turns'],
  ...['tool_calls', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'],
  'cost_usd',
]

/** One line per agent, as in RFC 4180. */
export function toCsv({ agents }: Pick<TaskUsage, 'agents'>): string {
  return [head, ...agents.map(toCells)]
    .map((cells) => cells.map((cell) => quote(String(cell))).join(','))
    .join('\r\n')
}

function toCells(agent: AgentUsage): (string | number)[] {
  const { usage } = agent
  return [
    ...[agent.agent_id, agent.subtask_id ?? '', agent.role, agent.model, agent.status],
    ...[agent.attempt, Math.round((agent.duration_ms ?? 0) / 1000), agent.turns, agent.tool_calls],
    ...[usage.input_tokens, usage.output_tokens, usage.cache_read_tokens],
    ...[usage.cache_write_tokens, agent.cost_usd],
  ]
}

/** A program for tables must not take a name for a formula. */
function quote(cell: string): string {
  const safe = /^[=+\-@\t]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
