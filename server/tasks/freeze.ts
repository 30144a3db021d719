/** Freezing: agents stop where they are, in the middle of whatever they do, and cost nothing until they are let go. */
import { markThawed } from '#agents/freezer.ts'
import { AppError } from '#contract/errors.ts'
import { type AgentRow, listAgents, updateAgent } from '#db/agents.ts'
import { updateTask } from '#db/tasks.ts'
import { getAgentOf } from './agent-verbs.ts'
import { type Desk, requirePossible } from './desk.ts'
import { about, type Change } from './records.ts'
import { isLive } from './view.ts'

type Open = Pick<Change, 'tx' | 'record' | 'clock'>

/** Asked for again, it changes nothing. Nothing is frozen when the engine refuses. Throws `agent.not-running`. */
export function freezeAgent(desk: Desk, taskId: string, agentId: string): Promise<void> {
  const frozen = desk.eventLog.transact((tx, record) => {
    const agent = getAgentOf(tx, taskId, agentId)
    if (agent.frozenAt !== null) return []
    requirePossible(tx, taskId, 'freeze')
    if (!isLive(agent))
      throw new AppError('agent.not-running', `The agent is ${agent.status} already.`)
    return freeze({ tx, record, clock: desk.clock }, [agent])
  })
  return settleOrUndo(desk, taskId, { agents: frozen, undo: thaw })
}

export function unfreezeAgent(desk: Desk, taskId: string, agentId: string): Promise<void> {
  const thawed = desk.eventLog.transact((tx, record) => {
    const agent = getAgentOf(tx, taskId, agentId)
    return thaw({ tx, record, clock: desk.clock }, [agent])
  })
  return settleOrUndo(desk, taskId, { agents: thawed, undo: freeze })
}

/** All that are alive, and those that come until it is unfrozen. */
export function freezeTask(desk: Desk, taskId: string): Promise<void> {
  const frozen = desk.eventLog.transact((tx, record) => {
    const task = requirePossible(tx, taskId, 'freeze')
    const open = { tx, record, clock: desk.clock }
    if (task.frozenAt === null) {
      updateTask(tx, taskId, { frozenAt: desk.clock.now() }, desk.clock.now())
      record({ taskId, type: 'task.frozen', data: {} })
    }
    return freeze(open, listAgents(tx, { taskId }).filter(isLive))
  })
  return settleOrUndo(desk, taskId, {
    agents: frozen,
    undo: (open, agents) => [...setOff(open, taskId), ...thaw(open, agents)],
  })
}

export function unfreezeTask(desk: Desk, taskId: string): Promise<void> {
  const thawed = desk.eventLog.transact((tx, record) => {
    requirePossible(tx, taskId, 'unfreeze')
    const open = { tx, record, clock: desk.clock }
    setOff(open, taskId)
    return thaw(open, listAgents(tx, { taskId }))
  })
  return settleOrUndo(desk, taskId, { agents: thawed, undo: freeze })
}

function setOff({ tx, record, clock }: Open, taskId: string): AgentRow[] {
  updateTask(tx, taskId, { frozenAt: null }, clock.now())
  record({ taskId, type: 'task.unfrozen', data: {} })
  return []
}

/** Those that were not frozen before. */
function freeze({ tx, record, clock }: Open, agents: readonly AgentRow[]): AgentRow[] {
  return agents.flatMap((agent) => {
    if (agent.frozenAt !== null) return []
    record({ ...about(agent), type: 'agent.frozen', data: {} })
    return updateAgent(tx, agent.id, { frozenAt: clock.now() }) ?? []
  })
}

function thaw({ tx, record, clock }: Open, agents: readonly AgentRow[]): AgentRow[] {
  return agents.flatMap(({ id }) => markThawed({ tx, record, now: clock.now() }, id) ?? [])
}

/** All at once. What the engine does not do has not happened. */
async function settleOrUndo(
  desk: Desk,
  taskId: string,
  { agents, undo }: { agents: AgentRow[]; undo: (open: Open, rows: AgentRow[]) => AgentRow[] },
): Promise<void> {
  const done = await Promise.allSettled(agents.map(({ id }) => desk.agents.settle(id)))
  const failed = agents.filter((_, at) => done[at]?.status === 'rejected')
  if (failed.length > 0)
    desk.eventLog.transact((tx, record) => {
      const now = failed.map(({ id }) => getAgentOf(tx, taskId, id))
      undo({ tx, record, clock: desk.clock }, now)
    })
  desk.runner.wake(taskId)
  const reason = done.find((one) => one.status === 'rejected')?.reason
  if (reason !== undefined) throw reason
}
