/**
 * Agents without containers. `FakeEngine` is what survives a crash of the server: containers, volumes, the turns that run in
 * them and how they ended. `createFakeAgents` is the service a server builds on it, as often as it is started.
 */
import type { AgentSpec, Agents, TurnOutcome } from '#agents/agents.ts'
import { recordToolCall, type ToolHolder } from '#agents/tools.ts'
import type { AgentKind } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { endTurnInput, ensureInput, findInput, moveInput, toAgentInput } from '#db/agent-inputs.ts'
import { getAgent, listAgents, updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { listUnheardCalls, markCallDelivered, withdrawToolCalls } from '#db/tool-calls.ts'
import type { Clock } from '#lib/clock.ts'
import { createEventLog } from '#streams/event-log.ts'

export type FakeTurn = {
  agentId: string
  turnId: string
  prompt: string
  kind: AgentKind
  subtaskId: string | null
  /** Counts the turns of this agent, from 1. */
  number: number
  attempt: number
  model: string
  /** Calls a tool of the team; resolves with its answer. */
  call: (tool: string, input?: object) => Promise<{ text: string; isError: boolean }>
}
export type Script = (turn: FakeTurn) => TurnOutcome | Promise<TurnOutcome>

type ToolResult = { text: string; isError: boolean }
type PendingCall = {
  requestId: string
  agentId: string
  tool: string
  input: object
  resolve: (result: ToolResult) => void
}

type Turn = FakeTurn & {
  outcome?: TurnOutcome
  end: (outcome: TurnOutcome) => void
  ended: Promise<TurnOutcome>
}

export class FakeEngine {
  /** agentId -> commit its clone is at. */
  readonly containers = new Map<string, string>()
  readonly volumes = new Set<string>()
  readonly turns = new Map<string, Turn>()
  readonly prepared: string[] = []
  /** Files an agent leaves in its clone; one named after its subtask when nothing is set. */
  readonly work = new Map<string, Record<string, string>>()
  readonly files = new Map<string, string[]>()
  /** Calls of tools that have no answer yet. */
  readonly calls = new Map<string, PendingCall>()
  /** The server that reads what agents print. */
  read: (call: PendingCall) => void = () => {}
  /** Most turns that ran at the same time. */
  peak = 0

  running(): Turn[] {
    return [...this.turns.values()].filter((turn) => turn.outcome === undefined)
  }

  async call(agentId: string, tool: string, input: object): Promise<ToolResult> {
    const { promise, resolve } = Promise.withResolvers<ToolResult>()
    const requestId = crypto.randomUUID()
    const call = { requestId, agentId, tool, input, resolve }
    this.calls.set(requestId, call)
    this.read(call)
    return await promise
  }

  start(turn: FakeTurn, script: Script): Turn {
    const known = this.turns.get(turn.turnId)
    if (known) return known
    const { promise, resolve } = Promise.withResolvers<TurnOutcome>()
    const started: Turn = { ...turn, ended: promise, end: () => {} }
    started.end = (outcome) => {
      started.outcome ??= outcome
      resolve(started.outcome)
    }
    this.turns.set(turn.turnId, started)
    this.peak = Math.max(this.peak, this.running().length)
    void Promise.resolve(script(turn)).then(started.end)
    return started
  }
}

export type FakeAgentsOptions = {
  db: Db
  clock: Clock
  engine: FakeEngine
  script: Script
  newId: () => string
  /** The server that holds this service was killed: nothing of it may go on. */
  isDead?: () => boolean
  /** Called before every call; throwing makes the call fail. */
  onCall?: (name: keyof Agents, agentId: string) => void
}

export function createFakeAgents({
  db,
  clock,
  engine,
  script,
  newId,
  isDead,
  onCall,
}: FakeAgentsOptions): Agents {
  const log = createEventLog({ db, clock })
  const patch = (id: string, set: Parameters<typeof updateAgent>[2]): void =>
    log.transact((tx, record) => {
      const row = updateAgent(tx, id, set)
      if (row && set.status)
        record({
          taskId: row.taskId,
          agentId: id,
          type: 'agent.status',
          data: { status: set.status },
        })
    })
  const hasWorked = (agentId: string): boolean =>
    [...engine.turns.values()].some((turn) => turn.agentId === agentId)
  const up = async (spec: AgentSpec, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted()
    const files = await spec.files()
    engine.files.set(
      spec.agentId,
      files.map(({ path }) => path),
    )
    if (spec.workspace.kind === 'clone') await spec.workspace.bundle()
    const commit = spec.workspace.kind === 'clone' ? spec.workspace.commit : 'read-only'
    const isNew = !engine.containers.has(spec.agentId)
    if (isNew) engine.prepared.push(spec.agentId)
    engine.containers.set(spec.agentId, commit)
    engine.volumes.add(spec.agentId)
    const clone =
      spec.workspace.kind === 'clone' &&
      !hasWorked(spec.agentId) &&
      getAgent(db, spec.agentId).restoredFrom === null
        ? { baseCommit: commit }
        : {}
    patch(spec.agentId, { containerId: `c-${spec.agentId}`, holdsResources: true, ...clone })
  }
  const before = async (name: keyof Agents, agentId: string): Promise<void> => {
    await Promise.resolve()
    if (isDead?.()) await new Promise(() => {})
    onCall?.(name, agentId)
  }

  const tools: ToolHolder = {}
  const deliver = (agentId: string): void => {
    for (const row of listUnheardCalls(db, agentId)) {
      const call = engine.calls.get(row.requestId)
      if (!call) continue
      markCallDelivered(db, row.id, clock.now())
      engine.calls.delete(row.requestId)
      call.resolve({ text: row.answer ?? '', isError: row.isError })
    }
  }
  const read = ({ agentId, requestId, tool, input }: PendingCall): void => {
    if (isDead?.()) return
    const asked = { requestId, toolUseId: requestId, rpcId: 0, tool, input }
    log.transact((tx, record) =>
      recordToolCall({ tx, record, agentId, now: clock.now(), tools }, asked),
    )
    deliver(agentId)
    try {
      tools.host?.called(getAgent(db, agentId).taskId)
    } catch (error) {
      // The server was killed by what it did then: the next one goes on from the rows.
      if (!isDead?.()) throw error
    }
  }

  return {
    tellMode() {},
    tellModel() {},
    settle: async () => {},
    restart: async (_agentId, turnId) => engine.turns.get(turnId)?.end({ kind: 'interrupted' }),
    openShell: () => Promise.reject(new AppError('agent.not-running', 'There is no container.')),
    offerTools(host) {
      tools.host = host
      engine.read = read
    },
    tellTools(agentId) {
      if (!isDead?.()) deliver(agentId)
    },
    reserve: newId,
    standsBy: () => false,
    async standBy() {},
    async prepare(spec, options) {
      await before('prepare', spec.agentId)
      await up(spec, options?.signal)
      patch(spec.agentId, { phase: 'warm' })
    },
    async run(spec, { turnId, prompt }, options) {
      await before('run', spec.agentId)
      const signal = options?.signal
      signal?.throwIfAborted()
      const { agentId } = spec
      const stored = findInput(db, turnId)
      // Written by `endTurnInput` below.
      if (stored?.result) return stored.result as TurnOutcome
      if (!engine.containers.has(agentId)) await up(spec, signal)
      else if (!hasWorked(agentId)) await up(spec)
      const row = getAgent(db, agentId)
      const now = clock.now()
      ensureInput(db, {
        id: turnId,
        agentId,
        kind: 'turn',
        content: prompt,
        priority: 'next',
        state: 'pending',
        createdAt: now,
      })
      patch(agentId, { status: 'running', phase: 'working', startedAt: row.startedAt ?? now })
      const number =
        [...engine.turns.values()].filter((turn) => turn.agentId === agentId).length + 1
      const { kind, subtaskId, attempt, model } = row
      const call: FakeTurn['call'] = (tool, input = {}) => engine.call(agentId, tool, input)
      const turn = engine.start(
        { agentId, turnId, prompt, kind, subtaskId, number, attempt, model, call },
        script,
      )
      const outcome = await abortable(turn.ended, signal)
      if (isDead?.()) return await new Promise(() => {})
      endTurnInput(db, turnId, { result: outcome, doneAt: clock.now() })
      patch(agentId, { phase: 'idle', turns: number, costUsd: number * 0.25 })
      return outcome
    },
    async message(agentId, { id, content, priority }) {
      await before('message', agentId)
      const isRunning = engine.running().some((turn) => turn.agentId === agentId)
      const row = ensureInput(db, {
        id: id ?? crypto.randomUUID(),
        agentId,
        kind: 'message',
        content,
        priority,
        state: isRunning ? 'queued' : 'refused',
        createdAt: clock.now(),
        ...(isRunning ? {} : { reason: 'The agent is not running.' }),
      })
      return toAgentInput(row)
    },
    async withdraw(_agentId, inputId) {
      await before('withdraw', _agentId)
      const row = moveInput(db, inputId, { from: ['queued'], to: 'withdrawn' })
      if (!row) throw new AppError('message.refused', 'It was read already.')
      return toAgentInput(row)
    },
    answerPermission: () => {
      throw new AppError('permission.not-found', 'Agents of the double ask for nothing.')
    },
    async interrupt(agentId) {
      await before('interrupt', agentId)
      const turn = engine.running().find((other) => other.agentId === agentId)
      turn?.end({ kind: 'interrupted' })
      return turn !== undefined
    },
    async bringIn(agentId, { commit }) {
      await before('bringIn', agentId)
      patch(agentId, { baseCommit: commit })
      return { kind: 'done' }
    },
    async collect(agentId) {
      await before('collect', agentId)
      if (!engine.volumes.has(agentId)) throw new AppError('engine.failed', 'There is no volume.')
      const { subtaskId } = getAgent(db, agentId)
      const files = engine.work.get(agentId) ?? { [`${subtaskId}.txt`]: `${subtaskId}\n` }
      return { bundle: new TextEncoder().encode(JSON.stringify(files)) }
    },
    async stop(agentId, end) {
      await before('stop', agentId)
      const turn = engine.running().find((other) => other.agentId === agentId)
      turn?.end({ kind: 'interrupted' })
      withdrawToolCalls(db, agentId, { now: clock.now() })
      for (const [id, call] of engine.calls) if (call.agentId === agentId) engine.calls.delete(id)
      engine.containers.delete(agentId)
      const set = { containerId: null, phase: null, completedAt: clock.now() }
      patch(agentId, { ...set, status: end.status, ...(end.error ? { error: end.error } : {}) })
    },
    async discard(agentId) {
      await before('discard', agentId)
      engine.containers.delete(agentId)
      engine.volumes.delete(agentId)
      patch(agentId, { containerId: null, holdsResources: false })
    },
    async reconcile() {
      await before('reconcile', '')
      // What had ended while nobody was there is read from what it printed.
      for (const { turnId, outcome } of engine.turns.values())
        if (outcome) endTurnInput(db, turnId, { result: outcome, doneAt: clock.now() })
      for (const call of [...engine.calls.values()]) read(call)
      const known = new Set(listAgents(db).map(({ id }) => id))
      const removed = [...engine.volumes].filter((id) => !known.has(id))
      for (const id of removed) {
        engine.containers.delete(id)
        engine.volumes.delete(id)
      }
      return { adopted: [...engine.containers.keys()], ended: [], removed, left: [] }
    },
    look: () => Promise.reject(new Error('not part of the double')),
    save: async () => undefined,
    restore: async () => {},
    runInTree: () => Promise.reject(new Error('not part of the double')),
    close: async () => {},
  }
}

function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}
