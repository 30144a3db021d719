/** `klaudio agent freeze`, `model`, `restart`, `take-out`, and the same for all of a task. */
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, print, textOf, wordOf } from './call.ts'
import { findTask, taskPath } from './find.ts'
import { agentPath, findLiveAgent } from './task-message.ts'
import { shortId } from './words.ts'

const ofAgent =
  (verb: string, says: string) =>
  async (call: Call): Promise<number> => {
    const agent = await findLiveAgent(call)
    const answer = await call.api.send<Agent>('POST', `${agentPath(agent)}/${verb}`)
    await print(call, answer, () => [`${shortId(agent.id)}  ${says}`])
    return 0
  }

export const freezeAgent = ofAgent('freeze', 'Frozen: nothing of it runs, and no limit counts.')
export const unfreezeAgent = ofAgent('unfreeze', 'It goes on where it was.')

const ofTask =
  (verb: string, says: string) =>
  async (call: Call): Promise<number> => {
    const task = await findTask(call.api, wordOf(call, 0))
    const answer = await call.api.send<Task>('POST', `${taskPath(task)}/${verb}`)
    await print(call, answer, () => [`${shortId(task.id)}  ${says}`])
    return 0
  }

export const freezeTask = ofTask('freeze', 'All its agents are frozen, and those that come.')
export const unfreezeTask = ofTask('unfreeze', 'Its agents go on where they were.')

export async function changeModel(call: Call): Promise<number> {
  const agent = await findLiveAgent(call)
  const model = wordOf(call, 1)
  const answer = await call.api.send<Agent>('PATCH', agentPath(agent), { model })
  await print(call, answer, () => [
    `${shortId(agent.id)}  It uses ${answer.model} from its next request on.`,
  ])
  return 0
}

export async function restartAgent(call: Call): Promise<number> {
  const agent = await findLiveAgent(call)
  const conversation = isSet(call, 'fresh') ? 'fresh' : 'same'
  const instructions = await textOf(call, wordOf(call, 1))
  const path = `${agentPath(agent)}/restart`
  const answer = await call.api.send<Agent>('POST', path, { instructions, conversation })
  await print(call, answer, () => [`${shortId(agent.id)}  Restarted.`])
  return 0
}

export async function takeOut(call: Call): Promise<number> {
  const agent = await findLiveAgent(call)
  const work = isSet(call, 'drop') ? 'drop' : 'keep'
  const answer = await call.api.send<Agent>('POST', `${agentPath(agent)}/take-out`, { work })
  await print(call, answer, () => [
    `${shortId(agent.id)}  Out of the team. Its work is ${work === 'keep' ? 'kept' : 'dropped'}.`,
  ])
  return 0
}
