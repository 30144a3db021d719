import { AppError, isNoRoom, toMessage } from '#contract/errors.ts'
import { countResume, findInput } from '#db/agent-inputs.ts'
import type { Clock } from '#lib/clock.ts'
import type { AgentSpec, Agents, TurnOutcome } from './agents.ts'
import { bringIn } from './bring-in.ts'
import { collect } from './collect.ts'
import type { AgentsContext } from './context.ts'
import { discard, restart, stop } from './ending.ts'
import { createFreezer, settle } from './freezer.ts'
import { launch, volumesGone } from './launch.ts'
import type { LiveAgent } from './live-agent.ts'
import { look } from './look.ts'
import { interrupt, message, withdraw } from './messages.ts'
import { answer, tellModes } from './permissions.ts'
import { createPool, type Pool, StoppedError } from './pool.ts'
import { reconcile } from './reconcile.ts'
import { endTurnWithout, storedOutcome } from './recording.ts'
import { restore } from './restore.ts'
import { createRetry } from './retry.ts'
import { runInTree } from './run-in-tree.ts'
import { save } from './save.ts'
import { createShells } from './shell.ts'
import { createStandby } from './standby.ts'
import type { ToolHolder } from './tools.ts'
import {
  awaitTurn,
  beginTurn,
  isClosed,
  lost,
  moveWorkspace,
  sendTurn,
  type Turn,
} from './turns.ts'

export type AgentsOptions = Omit<AgentsContext, 'retry' | 'tools' | 'freezer'> & {
  clock: Clock
  /** How long the engine may be away before a call gives up with `engine.unreachable`. */
  retryBudgetMs?: number
}

/** How often a turn is taken up again in a new container before it counts as lost. */
const maxResumes = 3
/** How long `prepare` waits for the CLI to say that it is up; it goes on loading afterwards. */
const warmUpMs = 60_000

export function createAgents({ retryBudgetMs = 600_000, ...options }: AgentsOptions): Agents {
  const retry = createRetry({ clock: options.clock, budgetMs: retryBudgetMs })
  const tools: ToolHolder = {}
  const context: AgentsContext = { ...options, retry, tools, freezer: createFreezer(options) }
  const pool = createPool()
  const standby = createStandby(context)
  const shells = createShells({ context, pool })
  const ensure = async (spec: AgentSpec, signal?: AbortSignal): Promise<LiveAgent> => {
    const { freezer } = context
    const either = AbortSignal.any([pool.signal, ...(signal ? [signal] : [])])
    const isLetGo = freezer.isFrozen(spec.agentId) ? pool.isStopping : pool.isEnding
    await freezer.untilThawed(spec.agentId, either)
    // Let go because it ends. The turn behind a restart waits: ended at once, it would be followed by another without end.
    if (isLetGo(spec.agentId)) throw new StoppedError()
    const live = await pool.ensure(
      spec.agentId,
      (both) => launch({ ...context, standby }, spec, both).finally(standby.fillSoon),
      signal,
    )
    // It may have changed since the command line was made.
    live.tellMode()
    live.tellModel()
    if (freezer.isFrozen(spec.agentId)) await retry(() => settle({ context, pool }, spec.agentId))
    return live
  }

  return {
    reserve: standby.reserve,
    standsBy: standby.has,
    standBy: standby.fill,
    async prepare(spec, { signal, untilUp = true } = {}) {
      const live = await ensure(spec, signal)
      await moveWorkspace(context, live, spec)
      if (untilUp && live.recorder.state().phase === 'starting')
        await live.waitFor((effect) => effect.type === 'phase', warmUpMs, signal)
    },
    run: (spec, turn, { signal } = {}) =>
      runTurn({ context, pool, ensure }, { spec, turn, ...(signal && { signal }) }),
    message: (agentId, input) => message({ context, pool }, agentId, input),
    withdraw: (agentId, inputId) => withdraw({ context, pool }, agentId, inputId),
    answerPermission: (id, said) => answer({ context, pool }, id, said),
    tellMode: (taskId) => tellModes(pool, taskId),
    tellModel: (agentId) => pool.find(agentId)?.tellModel(),
    settle: (agentId) => settle({ context, pool }, agentId),
    restart: (agentId, turnId) => restart({ context, pool }, agentId, turnId),
    openShell: shells.open,
    offerTools(host) {
      tools.host = host
    },
    tellTools: (agentId) => pool.find(agentId)?.tellTools(),
    interrupt: (agentId) => interrupt(pool, agentId),
    collect: (agentId, options) => collect({ context, pool }, agentId, options),
    bringIn: (agentId, merged) => bringIn({ context, pool }, agentId, merged),
    look: (agentId) => look({ context, pool }, agentId),
    save: (agentId, options, take) => save({ context, pool }, agentId, options, take),
    restore: (agentId, tree, signal) => restore(context, agentId, tree, signal),
    async stop(agentId, end) {
      await stop({ context, pool }, agentId, end)
      await standby.drop(agentId)
    },
    async discard(agentId) {
      await discard({ context, pool }, agentId)
      await standby.drop(agentId)
    },
    reconcile: () => reconcile({ context, pool }),
    runInTree: (input) => runInTree(context, input),
    async close() {
      shells.close()
      await Promise.all([pool.close(), standby.close()])
    },
  }
}

type Parts = {
  context: AgentsContext
  pool: Pool
  ensure: (spec: AgentSpec, signal?: AbortSignal) => Promise<LiveAgent>
}

async function runTurn(
  { context, pool, ensure }: Parts,
  { spec, turn, signal }: { spec: AgentSpec; turn: Turn; signal?: AbortSignal },
): Promise<TurnOutcome> {
  const stored = (): TurnOutcome | undefined => storedOutcome(findInput(context.db, turn.turnId))
  const already = stored()
  if (already) return already
  beginTurn(context, spec.agentId, turn)
  const end = (outcome: TurnOutcome): TurnOutcome =>
    endTurnWithout(context, { agentId: spec.agentId, turnId: turn.turnId, outcome })
  const either = AbortSignal.any([pool.signal, ...(signal ? [signal] : [])])
  const isStopping = (): boolean => pool.isStopping(spec.agentId)

  // Counted in the row: a server that was started again in between begins no new count.
  for (let resumes = 0; resumes <= maxResumes; ) {
    try {
      const live = await ensure(spec, signal)
      const outcome =
        stored() ?? (await playTurn(context, live, { spec, turn, isStopping, signal: either }))
      if (outcome) return outcome
      resumes = context.events.transact((tx) => countResume(tx, turn.turnId))
      context.log.warn('agent resumed in a new container', { agent: spec.agentId, resumes })
    } catch (error) {
      if (error instanceof StoppedError) return end({ kind: 'interrupted' })
      either.throwIfAborted()
      const failure = toOutcome(error)
      if (!failure) throw error
      return end(failure)
    }
  }
  return end(lost(`The agent's container was lost ${maxResumes + 1} times in this turn.`))
}

/** Undefined when the container ended and a new one can go on. */
async function playTurn(
  context: AgentsContext,
  live: LiveAgent,
  options: { spec: AgentSpec; turn: Turn; isStopping: () => boolean; signal: AbortSignal },
): Promise<TurnOutcome | undefined> {
  const { spec, turn } = options
  const sending = sendTurn(context, live, { spec, turn }).catch((error: unknown) => {
    // The container ended meanwhile: what its output says decides.
    if (!isClosed(error)) throw error
    return undefined
  })
  const failed = sending.then((failure) => failure ?? new Promise<never>(() => {}))
  failed.catch(() => {})
  return await Promise.race([failed, awaitTurn(context, live, options)])
}

/** What a start that failed means for the turn. Undefined for what the caller has to deal with. */
function toOutcome(error: unknown): TurnOutcome | undefined {
  if (!(error instanceof AppError) || error.code === 'engine.unreachable') return undefined
  // Nothing could be written down: the same turn is asked for again.
  if (isNoRoom(error)) return undefined
  if (error.code === 'credentials.missing' || error.code === 'credentials.refused')
    return { kind: 'failed', code: 'credentials', reason: error.message, retryable: false }
  if (error.details.reason === volumesGone)
    return { kind: 'failed', code: 'container-lost', reason: error.message, retryable: false }
  return lost(`The agent's container could not be started: ${toMessage(error)}`)
}
