import type { Agent, AgentInput } from '#contract/agent.ts'
import { type Call, isSet, optionOf, print, textOf, wordOf } from './call.ts'
import { findTask, pickAgent, pickOnlyAgent, taskPath } from './find.ts'
import { shortId } from './words.ts'

const isAtWork = ({ status }: Agent): boolean => status === 'running' || status === 'created'

export async function messageTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const agents = await call.api.get<Agent[]>(`${taskPath(task)}/agents`)
  const to = optionOf(call, 'to')
  const agent =
    to === undefined ? pickOnlyAgent(agents.filter(isAtWork), '--to') : pickAgent(agents, to)
  return await send(call, agent, wordOf(call, 1))
}

export async function messageAgent(call: Call): Promise<number> {
  return await send(call, await findLiveAgent(call), wordOf(call, 1))
}

/** True is what the server says: the agent has it, or it is stored and on its way. */
async function send(call: Call, agent: Agent, word: string): Promise<number> {
  const answer = await call.api.send<AgentInput & { delivered: boolean }>(
    'POST',
    `${taskPath({ id: agent.task_id })}/message`,
    {
      agent_id: agent.id,
      content: await textOf(call, word),
      priority: isSet(call, 'later') ? 'later' : 'next',
    },
  )
  await print(call, answer, () => [
    `${shortId(agent.id)}  ${answer.delivered ? 'The agent has the message.' : 'The message is stored and on its way.'}`,
  ])
  return 0
}

export async function interruptAgent(call: Call): Promise<number> {
  const agent = await findLiveAgent(call)
  const answer = await call.api.send<{ interrupted: boolean }>(
    'POST',
    `${agentPath(agent)}/interrupt`,
  )
  await print(call, answer, () => [
    `${shortId(agent.id)}  ${answer.interrupted ? 'Interrupted.' : 'It was doing nothing that could be interrupted.'}`,
  ])
  return 0
}

export async function stopAgent(call: Call): Promise<number> {
  const agent = await findLiveAgent(call)
  const answer = await call.api.send('POST', `${agentPath(agent)}/stop`)
  await print(call, answer, () => [`${shortId(agent.id)}  Stopped.`])
  return 0
}

export const agentPath = ({ id, task_id }: Agent): string =>
  `${taskPath({ id: task_id })}/agents/${encodeURIComponent(id)}`

export async function findLiveAgent(call: Call): Promise<Agent> {
  const { agents } = await call.api.get<{ agents: Agent[] }>('/api/agents')
  return pickAgent(agents, wordOf(call, 0))
}
