/** What a person can do with an agent at work beside talking to it. Everything is stored before it is done, and shows in the timeline. */
import type { RestartAgent, TakeOut } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { listInputs } from '#db/agent-inputs.ts'
import { type AgentRow, updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import { getAgentOf } from './agent-verbs.ts'
import { type Desk, requirePossible } from './desk.ts'
import { about } from './records.ts'
import { isLive } from './view.ts'

/** False when there was nothing to interrupt, or the CLI did not say in time that it did. Throws `agent.frozen`. */
export async function interruptAgent(
  desk: Desk,
  taskId: string,
  agentId: string,
): Promise<boolean> {
  const agent = getAgentOf(desk.db, taskId, agentId)
  if (agent.frozenAt !== null)
    throw new AppError('agent.frozen', 'The agent is frozen and does nothing. Unfreeze it first.')
  const isInterrupted = await desk.agents.interrupt(agentId)
  if (isInterrupted)
    desk.eventLog.transact((_tx, record) =>
      record({ ...about(agent), type: 'agent.interrupted', data: {} }),
    )
  return isInterrupted
}

/** From its next request on, also in a new process. The next attempt of its subtask has the model of the plan again. */
export function changeModel(desk: Desk, taskId: string, agentId: string, model: string): void {
  desk.eventLog.transact((tx, record) => {
    const agent = getAgentOf(tx, taskId, agentId)
    requireAtIt(tx, agent)
    if (agent.model === model) return
    updateAgent(tx, agentId, { model })
    record({ ...about(agent), type: 'agent.model', data: { from: agent.model, to: model } })
  })
  desk.agents.tellModel(agentId)
}

/** One that was only made ahead of time belongs to the plan, which names its model. */
function requireAtIt(tx: Tx, agent: AgentRow): void {
  if (!isLive(agent))
    throw new AppError('agent.not-running', `The agent is ${agent.status} already.`)
  const isOn = listSubtasks(tx, agent.taskId).some(({ agentId }) => agentId === agent.id)
  if (agent.startedAt === null && agent.subtaskId !== null && !isOn)
    throw new AppError(
      'agent.not-running',
      'The agent has nothing to do yet. Change the model of its subtask in the plan.',
    )
}

/** Resolves when its process has ended; the next one begins by itself. Throws `agent.not-running` when it is not in a turn. */
export function restartAgent(
  desk: Desk,
  taskId: string,
  agentId: string,
  { instructions, conversation }: RestartAgent,
): Promise<void> {
  const turnId = desk.eventLog.transact((tx, record) => {
    requirePossible(tx, taskId, 'restart an agent')
    const agent = getAgentOf(tx, taskId, agentId)
    const open = openTurnOf(tx, agent)
    if (open === undefined)
      throw new AppError('agent.not-running', 'The agent is not working on anything now.')
    const fresh = conversation === 'fresh' ? { sessionId: desk.newId() } : {}
    updateAgent(tx, agentId, {
      restart: { turnId: open, instructions, conversation, ...fresh },
      report: null,
    })
    record({ ...about(agent), type: 'agent.restarted', data: { conversation, instructions } })
    return open
  })
  return desk.agents.restart(agentId, turnId)
}

const openTurnOf = (tx: Tx, { id }: AgentRow): string | undefined =>
  listInputs(tx, id, { kind: 'turn' }).findLast(({ result }) => result === null)?.id

function requireUnfinished(tx: Tx, { id, taskId }: AgentRow): SubtaskRow {
  const subtask = listSubtasks(tx, taskId).find(({ agentId }) => agentId === id)
  if (subtask?.status === 'queued' || subtask?.status === 'running') return subtask
  if (subtask)
    throw new AppError(
      'subtask.wrong-state',
      `Its subtask is ${subtask.status}: only a worker that works, or waits to, can be taken out.`,
    )
  throw new AppError(
    'agent.not-running',
    'The agent works on no subtask, so there is nothing to take it out of.',
  )
}

const takenOutByPerson = 'Taken out of the team by you.'

/**
 * Its subtask ends here: with what it has made so far, or without it. Dependents and the manager are told, and the manager sends nobody
 * to it again. Throws `subtask.wrong-state` when it has handed in already.
 */
export function takeOut(
  desk: Desk,
  taskId: string,
  agentId: string,
  { work }: TakeOut,
): Promise<void> {
  const { turnId, isKept } = desk.eventLog.transact((tx, record) => {
    requirePossible(tx, taskId, 'take a worker out')
    const agent = getAgentOf(tx, taskId, agentId)
    const subtask = requireUnfinished(tx, agent)
    const turnId = openTurnOf(tx, agent)
    // Nothing was made yet, or nothing that could be handed in.
    const isKept = work === 'keep' && agent.startedAt !== null && agent.kind === 'worker'
    const { id } = subtask
    updateSubtask(tx, taskId, id, { takenOut: isKept ? 'keep' : 'drop' })
    record({ ...about(agent), type: 'agent.taken-out', data: { work: isKept ? 'keep' : 'drop' } })
    if (!isKept) {
      const set = { error: null, completedAt: desk.clock.now() }
      const from = ['queued', 'running'] as const
      changeSubtaskStatus(tx, { taskId, id, from, to: 'skipped', set })
      const data = { reason: takenOutByPerson, by_person: true }
      record({ taskId, subtaskId: id, type: 'subtask.skipped', data })
    }
    return { turnId, isKept }
  })
  return carryOut(desk, { taskId, agentId, turnId, isKept })
}

async function carryOut(
  desk: Desk,
  ends: { taskId: string; agentId: string; turnId: string | undefined; isKept: boolean },
): Promise<void> {
  const { taskId, agentId, turnId, isKept } = ends
  try {
    if (!isKept) await desk.agents.stop(agentId, { status: 'stopped', error: takenOutByPerson })
    else if (turnId !== undefined) await desk.agents.restart(agentId, turnId)
  } finally {
    desk.runner.wake(taskId)
  }
}
