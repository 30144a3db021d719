/** One turn of an agent, from its prompt to its stored outcome, over as many containers as it takes. */
import { ensureInput, findInput, listInputs } from '#db/agent-inputs.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { newId } from '#lib/ids.ts'
import type { AgentSpec, TurnOutcome } from './agents.ts'
import { toExitOutcome } from './claude/outcome.ts'
import { errorLogPath } from './container.ts'
import type { AgentsContext } from './context.ts'
import type { ContainerEnd } from './follow.ts'
import { GateClosed } from './gate-client.ts'
import { readTextEnd } from './helper.ts'
import type { LiveAgent } from './live-agent.ts'
import { createPatience } from './patience.ts'
import { storedOutcome } from './recording.ts'
import { changeStatus } from './status.ts'
import { inputFileFrames, seedFrames, sendAll } from './workspace.ts'

export type Turn = {
  turnId: string
  prompt: string
  timeoutMs?: number
  idleTimeoutMs?: number
  /** Of all that the agent ever printed. */
  maxOutputBytes?: number
}

/** How long an interrupted CLI may take to say that its turn ended, before its container is stopped. */
const interruptMs = 5_000
const graceMs = 3_000

/** How often a CLI is asked for a result that it does not give. Every time costs a turn. */
const mostAsked = 3

/** Claims nothing about what was done: of that the transcript alone tells. The scripted model knows its first words. */
const goOn =
  'Your container was replaced, and what you said or did last may be lost. Look at what is there. ' +
  'If anything is left of your work, go on with it, and do nothing again that is done. ' +
  'If all of it is done, give your final answer once more.'

/** Intent: from here on the turn is the agent's, whatever happens to the server. */
export function beginTurn(context: AgentsContext, agentId: string, turn: Turn): void {
  const { events, clock } = context
  events.transact((tx, record) => {
    ensureInput(tx, {
      id: turn.turnId,
      agentId,
      kind: 'turn',
      content: turn.prompt,
      priority: 'next',
      state: 'pending',
      createdAt: clock.now(),
    })
    const row = getAgent(tx, agentId)
    changeStatus({ tx, record }, agentId, {
      status: 'running',
      error: null,
      exitCode: null,
      completedAt: null,
      ...(row.startedAt === null && { startedAt: clock.now() }),
    })
  })
}

/**
 * Sends what the CLI does not have yet: files, a newer tree while the workspace is unused, the prompt, and messages
 * that wait. Everything can be sent twice: the CLI drops a message whose uuid it knows.
 */
export async function sendTurn(
  context: AgentsContext,
  live: LiveAgent,
  { spec, turn }: { spec: AgentSpec; turn: Turn },
): Promise<TurnOutcome | undefined> {
  const { db } = context
  if (findInput(db, turn.turnId)?.state === 'pending') {
    const failure = await updateWorkspace(context, live, spec)
    if (failure) return failure
  }
  const { messages } = live.recorder.state()
  if (!(live.isAdopted && messages.has(turn.turnId)))
    await live.say({ id: turn.turnId, content: turn.prompt })
  await sendWaiting(context, live)
  return undefined
}

/** Messages the CLI does not have: those that came before it could take them, and those a container took down with it. */
async function sendWaiting({ db }: AgentsContext, live: LiveAgent): Promise<void> {
  const waiting = listInputs(db, live.agentId, {
    kind: 'message',
    states: live.isAdopted ? ['pending'] : ['pending', 'queued'],
  })
  await Promise.all(waiting.map((input) => live.say(input)))
}

async function updateWorkspace(
  context: AgentsContext,
  live: LiveAgent,
  spec: AgentSpec,
): Promise<TurnOutcome | undefined> {
  const { workspace } = spec
  if (workspace.kind === 'read-only') return undefined
  const [files] = await Promise.all([inputFileFrames(spec), moveWorkspace(context, live, spec)])
  const failure = files.length > 0 ? await sendAll(live.gate, files) : undefined
  return failure && lost(`The files for the agent could not be written (${failure.code}).`)
}

/** Moves the clone of an agent that has not worked yet to the commit wanted now. */
export async function moveWorkspace(
  context: AgentsContext,
  live: LiveAgent,
  { workspace, agentId }: AgentSpec,
): Promise<void> {
  if (workspace.kind === 'read-only') return
  const { baseCommit, restoredFrom } = getAgent(context.db, agentId)
  // What was laid from a checkpoint is work that nobody else has.
  if (baseCommit === workspace.commit || restoredFrom !== null) return
  const begun = listInputs(context.db, agentId, {
    kind: 'turn',
    states: ['queued', 'read', 'done'],
  })
  if (begun.length > 0) return
  const bundle = await workspace.bundle(baseCommit ?? undefined)
  const failure = await sendAll(live.gate, seedFrames(workspace, bundle))
  if (failure) throw new Error(`the clone of agent ${agentId} could not be moved (${failure.code})`)
  updateAgent(context.db, agentId, { baseCommit: workspace.commit })
}

/** Waits for the turn's end. Undefined when its container ended in a way that another one can go on from. */
export async function awaitTurn(
  context: AgentsContext,
  live: LiveAgent,
  options: { turn: Turn; isStopping: () => boolean; signal: AbortSignal },
): Promise<TurnOutcome | undefined> {
  const { turn, signal } = options
  const { recorder } = live
  const stored = (): TurnOutcome | undefined => storedOutcome(findInput(context.db, turn.turnId))
  const settled = Promise.withResolvers<TurnOutcome>()
  const watching = new AbortController()
  // A container that ends now is replaced, and what it did not take goes to the next one.
  const fail = (error: unknown): void => {
    if (!isClosed(error)) settled.reject(error)
  }
  let asked = 0
  // A resumed CLI whose transcript ends with words of the agent takes the turn for complete and says only that. Either it was, and the
  // result went down with the container before it, or the calls behind those words did: a transcript cannot tell one from the
  // other. Whatever it says next is the turn's result, because it has read the prompt.
  const askAgain = async (): Promise<void> => {
    if (recorder.state().messages.get(turn.turnId) !== 'completed') return
    asked += 1
    await live.say({ id: newId(), content: goOn })
  }
  const unsubscribe = recorder.subscribe((effect) => {
    const outcome = effect.type === 'settled' ? stored() : undefined
    if (outcome) settled.resolve(outcome)
    else if (effect.type === 'settled' && asked < mostAsked) askAgain().catch(fail)
    else if (effect.type === 'settled') settled.resolve(recorder.endTurn(turn.turnId, unheard))
    // Messages that came while the prompt was on its way.
    if (effect.type === 'phase' && effect.phase === 'running')
      sendWaiting(context, live).catch(fail)
    if (effect.type === 'retry' && effect.isHopeless) giveUp(refused(effect.status))
  })
  const giveUp = (outcome: TurnOutcome): void => {
    watching.abort()
    recorder.override(turn.turnId, outcome)
    cutShort(context, live, settled.promise).catch(settled.reject)
  }
  const onAbort = (): void => settled.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    const already = stored()
    if (already) return already
    watchClock(context, live, { turn, giveUp, signal: watching.signal })
    watchOutput(context, live, { turn, giveUp, signal: watching.signal })
    const end = await Promise.race([settled.promise, live.ended])
    if ('kind' in end) return end
    return stored() ?? (await judge(context, live, { end, ...options }))
  } finally {
    watching.abort()
    unsubscribe()
    signal.removeEventListener('abort', onAbort)
    settled.promise.catch(() => {})
  }
}

/** Interrupts the turn; a CLI that does not listen loses its container. */
async function cutShort(
  context: AgentsContext,
  live: LiveAgent,
  settled: Promise<unknown>,
): Promise<void> {
  const { engine, retry, clock } = context
  const timer = new AbortController()
  void live.control({ subtype: 'interrupt', cancel_queued: true }, interruptMs)
  const tooLate = clock.sleep(interruptMs, timer.signal).then(
    () => true,
    () => false,
  )
  const isLate = await Promise.race([
    tooLate,
    Promise.race([settled, live.ended]).then(
      () => false,
      () => false,
    ),
  ])
  timer.abort()
  if (isLate) await retry(() => engine.stopContainer(live.containerId, graceMs))
}

function watchClock(
  { clock, freezer }: AgentsContext,
  live: LiveAgent,
  options: { turn: Turn; giveUp: (outcome: TurnOutcome) => void; signal: AbortSignal },
): void {
  const { turn, giveUp, signal } = options
  const { timeoutMs, idleTimeoutMs } = turn
  const since = clock.now()
  const patience = createPatience(clock, live.recorder, { agentId: live.agentId, freezer })
  signal.addEventListener('abort', patience.stop, { once: true })
  /** Waits until no time is left, of which none passes while a person is asked or keeps it frozen. */
  const runOut = async (left: () => number): Promise<void> => {
    for (;;) {
      await patience.untilAnswered(signal)
      const ms = left()
      if (ms <= 0) return
      await clock.sleep(ms, signal)
    }
  }
  const watchWall = async (ms: number): Promise<void> => {
    await runOut(() => since + patience.waitedMs() + ms - clock.now())
    giveUp(timedOut(`The agent worked longer than the ${minutes(ms)} it was given.`))
  }
  const watchSilence = async (ms: number): Promise<void> => {
    const lastSign = (): number =>
      Math.max(since, live.lastOutputAt(), patience.lastAnswerAt() ?? since)
    await runOut(() => lastSign() + ms - clock.now())
    giveUp(timedOut(`The agent printed nothing for ${minutes(ms)}.`))
  }
  const ignoreAbort = (): void => {}
  if (timeoutMs !== undefined) watchWall(timeoutMs).catch(ignoreAbort)
  if (idleTimeoutMs !== undefined) watchSilence(idleTimeoutMs).catch(ignoreAbort)
}

/** What is printed until the agent has come to rest is stored all the same. */
function watchOutput(
  { output }: AgentsContext,
  live: LiveAgent,
  options: { turn: Turn; giveUp: (outcome: TurnOutcome) => void; signal: AbortSignal },
): void {
  const { turn, giveUp, signal } = options
  const { maxOutputBytes: most } = turn
  if (most === undefined) return
  const look = (bytes: number): void => {
    if (bytes > most && !signal.aborted) giveUp(tooMuch(most))
  }
  signal.addEventListener('abort', live.onOutput(look), { once: true })
  look(output.size(live.agentId))
}

/** What an ended container means for the turn it was in the middle of. */
async function judge(
  context: AgentsContext,
  live: LiveAgent,
  options: { end: ContainerEnd; turn: Turn; isStopping: () => boolean },
): Promise<TurnOutcome | undefined> {
  const { end, turn, isStopping } = options
  const { recorder } = live
  const said = recorder.lastWord(turn.turnId)
  if (said) return recorder.endTurn(turn.turnId, said)
  if (isStopping()) return recorder.endTurn(turn.turnId, { kind: 'interrupted' })
  const override = recorder.overrideOf(turn.turnId)
  if (override) return recorder.endTurn(turn.turnId, override)
  const { exitCode, oomKilled } = end
  const isKilled = exitCode === undefined || exitCode > 128
  if (isKilled && !oomKilled) return undefined
  // The CLI ended by itself before it read the prompt, for example because its stdin was closed: nothing was lost.
  if (exitCode === 0 && findInput(context.db, turn.turnId)?.state === 'pending') return undefined
  const stderr = end.isGone ? '' : await readTextEnd(context, live.containerId, errorLogPath)
  const outcome = toExitOutcome({ exitCode: exitCode ?? 137, oomKilled: isKilled, stderr })
  return recorder.endTurn(turn.turnId, outcome)
}

export function isClosed(error: unknown): boolean {
  return error instanceof GateClosed
}

export function lost(reason: string): TurnOutcome {
  return { kind: 'failed', code: 'container-lost', reason, retryable: true }
}

const unheard = lost('The CLI takes the turn for complete, and does not say how it ended.')

function timedOut(reason: string): TurnOutcome {
  return { kind: 'failed', code: 'timeout', reason, retryable: true }
}

function tooMuch(bytes: number): TurnOutcome {
  const reason =
    `The agent printed more than ${Math.round(bytes / 1024 ** 2)} MiB, and one agent may print no more (agents.max_output). ` +
    'All of it is kept. Look at what it repeats, or raise the limit in the settings, then retry the subtask.'
  return { kind: 'failed', code: 'output-limit', reason, retryable: false }
}

function refused(status: number | undefined): TurnOutcome {
  const reason = `The Claude API refuses the credentials (${status ?? 'no status'}): check them with "klaudio doctor".`
  return { kind: 'failed', code: 'credentials', reason, retryable: false }
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`
}
