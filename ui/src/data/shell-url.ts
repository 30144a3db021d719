import type { Agent } from '#contract/agent.ts'

/** Of the terminal in an agent's container. */
export const shellUrl = (
  agent: Pick<Agent, 'id' | 'task_id'>,
  { cols, rows }: { cols: number; rows: number },
): string => {
  const { protocol, host } = location
  const socket = protocol === 'https:' ? 'wss:' : 'ws:'
  const path = `/ws/tasks/${encodeURIComponent(agent.task_id)}/agents/${encodeURIComponent(agent.id)}/shell`
  return `${socket}//${host}${path}?cols=${cols}&rows=${rows}`
}
