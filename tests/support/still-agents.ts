import type { Agents } from '#agents/agents.ts'
import { answer } from '#agents/permissions.ts'
import type { AgentInput } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { ensureInput, findInput, moveInput, toAgentInput } from '#db/agent-inputs.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { systemClock } from '#lib/clock.ts'
import type { EventLog } from '#streams/event-log.ts'

/**
 * Agents that begin whatever they are asked and never come to its end, so that nothing moves while a request is looked
 * at. Messages are stored as the real ones are, and stay queued.
 */
export function createStillAgents({
  db,
  eventLog,
  newId,
  look,
}: {
  db: Db
  eventLog: EventLog
  newId: () => string
  look: Agents['look']
}): Agents {
  return {
    reserve: newId,
    standsBy: () => false,
    async standBy() {},
    prepare: (_spec, options) => forever(options?.signal),
    run: (_spec, _turn, options) => forever(options?.signal),
    async message(agentId, { content, priority, id = newId() }): Promise<AgentInput> {
      const { status } = getAgent(db, agentId)
      if (status !== 'created' && status !== 'running')
        throw new AppError('agent.not-running', `The agent is ${status} and hears nothing more.`)
      const row = ensureInput(db, {
        id,
        agentId,
        kind: 'message',
        content,
        priority,
        state: 'queued',
        createdAt: 0,
      })
      return toAgentInput(row)
    },
    async withdraw(agentId, inputId): Promise<AgentInput> {
      const row = findInput(db, inputId)
      if (!row || row.agentId !== agentId)
        throw new AppError('message.refused', `There is no message ${inputId}.`)
      const moved = moveInput(db, inputId, { from: ['pending', 'queued'], to: 'withdrawn' })
      if (!moved) throw new AppError('message.refused', 'It was read already.')
      return toAgentInput(moved)
    },
    answerPermission: (id, said) =>
      answer({ context: { db, events: eventLog, clock: systemClock }, pool: noPool }, id, said),
    tellMode() {},
    tellModel() {},
    settle: async () => {},
    bringIn: () => Promise.reject(new Error('not part of the double')),
    restart: async () => {},
    openShell: () => Promise.reject(new AppError('agent.not-running', 'There is no container.')),
    offerTools() {},
    tellTools() {},
    interrupt: async () => true,
    collect: async () => ({ bundle: new Uint8Array() }),
    look,
    async stop(agentId, { status }) {
      eventLog.transact((tx, record) => {
        const row = updateAgent(tx, agentId, { status, containerId: null })
        if (row) record({ taskId: row.taskId, agentId, type: 'agent.status', data: { status } })
      })
    },
    discard: async () => {},
    reconcile: async () => ({ adopted: [], ended: [], removed: [], left: [] }),
    save: async () => undefined,
    restore: async () => {},
    runInTree: async () => ({ exitCode: 0, output: '' }),
    close: async () => {},
  }
}

/** Nothing runs here that could hear an answer. */
const noPool = { find: () => undefined, all: () => [] }

/** Never resolves; rejects when it is not wanted any more. */
export function forever(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
