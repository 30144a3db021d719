import type { Agent } from '#contract/agent.ts'

/** The subtask it works on, else its part. Short ids tell several planners apart. */
export function agentName(agent: Pick<Agent, 'subtask_id' | 'kind' | 'role'>): string {
  return agent.subtask_id ?? agent.role ?? agent.kind
}
