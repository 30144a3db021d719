/** What a person does to agents at work beside talking to them. */
import type * as v from 'valibot'
import { Agent, type RestartAgent, type TakeOut } from '#contract/agent.ts'
import { Task } from '#contract/task.ts'
import { ask } from './api.ts'
import { store } from './store.ts'

type Whose = Pick<Agent, 'id' | 'task_id'>

const taskPath = (id: string): string => `/api/tasks/${encodeURIComponent(id)}`
const agentPath = ({ id, task_id }: Whose): string =>
  `${taskPath(task_id)}/agents/${encodeURIComponent(id)}`

/** The answer is shown before the events of it come. */
async function put(answer: Promise<Agent>): Promise<void> {
  const agent = await answer
  store.task.update(agent.task_id, (task) => ({
    ...task,
    agents: (task.agents ?? []).map((other) => (other.id === agent.id ? agent : other)),
  }))
}

export const freezeAgent = (agent: Whose, isFrozen: boolean): Promise<void> =>
  put(ask(Agent, `${agentPath(agent)}/${isFrozen ? 'freeze' : 'unfreeze'}`, { method: 'POST' }))

export async function freezeTask(id: string, isFrozen: boolean): Promise<void> {
  const path = `${taskPath(id)}/${isFrozen ? 'freeze' : 'unfreeze'}`
  store.task.put(id, await ask(Task, path, { method: 'POST' }))
}

export const changeModel = (agent: Whose, model: string): Promise<void> =>
  put(ask(Agent, agentPath(agent), { method: 'PATCH', body: { model } }))

export const restartAgent = (
  agent: Whose,
  body: v.InferOutput<typeof RestartAgent>,
): Promise<void> => put(ask(Agent, `${agentPath(agent)}/restart`, { method: 'POST', body }))

export const takeOut = (agent: Whose, body: v.InferOutput<typeof TakeOut>): Promise<void> =>
  put(ask(Agent, `${agentPath(agent)}/take-out`, { method: 'POST', body }))

/** Of the terminal in an agent's container. */
export const shellUrl = (agent: Whose, { cols, rows }: { cols: number; rows: number }): string => {
  const { protocol, host } = location
  const socket = protocol === 'https:' ? 'wss:' : 'ws:'
  const path = `/ws/tasks/${encodeURIComponent(agent.task_id)}/agents/${encodeURIComponent(agent.id)}/shell`
  return `${socket}//${host}${path}?cols=${cols}&rows=${rows}`
}
