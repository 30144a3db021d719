/**
 * A conversation with one agent: numbered turns whose ids follow from the agent's, so that whoever asks again after a crash
 * gets the stored end of every turn that ended and goes on with the one that did not.
 */
import { createHash } from 'node:crypto'
import type { AgentSpec, TurnOutcome } from '#agents/agents.ts'
import { findInput } from '#db/agent-inputs.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { toIso } from '#lib/clock.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { judge, type Verdict } from './judge.ts'
import { freshPrompt, restartPrompt } from './prompts.ts'
import type { Seat } from './seat.ts'

export type Answer = Exclude<Verdict, { kind: 'go-on' }>

export type Turns = {
  /** Runs turns until one ends with more than "go on"; pauses and interruptions are dealt with in here. */
  ask(prompt: string): Promise<Answer>
  /** Whether the next turn was begun before, so that what led to it was recorded before as well. */
  wasAsked(): boolean
  /** Id of the next turn. */
  nextId(): string
}

export type TurnsOptions = {
  spec: AgentSpec
  timeouts: { timeoutMs: number; idleTimeoutMs: number }
  seat: Seat
  /** Throws `Superseded` when the rows no longer want this conversation. */
  check: () => void
  /** What counts as the answer because a person has ended the conversation; undefined while it goes on. */
  over?: () => Answer | undefined
}

export function createTurns(
  deps: RunnerDeps,
  context: StepContext,
  { spec, timeouts, seat, check, over = () => undefined }: TurnsOptions,
): Turns {
  let turn = 0
  let failuresInARow = 0
  const nextId = (): string => turnId(spec.agentId, turn + 1)
  const wasAsked = (): boolean => findInput(deps.db, nextId()) !== undefined

  const pause = async ({ untilMs, reason, isLimit }: Extract<Verdict, { kind: 'go-on' }>) => {
    const ms = untilMs - deps.clock.now()
    if (ms <= 0 || wasAsked()) return
    const data = { reason: reason ?? '', until: toIso(untilMs) }
    deps.eventLog.transact((_tx, record) =>
      record({ taskId: spec.taskId, agentId: spec.agentId, type: 'agent.retrying', data }),
    )
    seat.leave()
    if (isLimit && reason)
      context.setWaiting(spec.agentId, `${reason} Work goes on by itself at ${toIso(untilMs)}.`)
    try {
      await deps.clock.sleep(ms, context.signal)
    } finally {
      context.setWaiting(spec.agentId, undefined)
    }
    await seat.take()
  }

  const play = async (id: string, prompt: string): Promise<TurnOutcome> => {
    // A server that was killed in between has stored what a person wants and not done it.
    if (isToBeCut(deps, spec.agentId, id)) await deps.agents.restart(spec.agentId, id)
    const { maxOutputBytes } = deps.config
    const { sessionId, model } = getAgent(deps.db, spec.agentId)
    const turn = {
      ...{ turnId: id, prompt, ...timeouts },
      ...(maxOutputBytes > 0 && { maxOutputBytes }),
    }
    return await deps.agents.run({ ...spec, sessionId, model }, turn, { signal: context.signal })
  }

  /** One turn, and what comes of it: the answer, or the prompt of the next. */
  const step = async (prompt: string): Promise<Answer | string> => {
    turn++
    const id = turnId(spec.agentId, turn)
    const outcome = over() ?? (await play(id, prompt))
    if (isAnswer(outcome)) return outcome
    check()
    const cut = over() ?? takeUpRestart(deps, spec.agentId, id)
    if (cut !== undefined) return cut
    const verdict = judge(outcome, { failuresInARow, now: deps.clock.now() })
    failuresInARow = outcome.kind === 'failed' ? failuresInARow + 1 : 0
    if (verdict.kind !== 'go-on') return verdict
    await pause(verdict)
    return outcome.kind !== 'completed' && outcome.unread ? prompt : verdict.prompt
  }

  return {
    wasAsked,
    nextId,
    async ask(prompt) {
      let next: Answer | string = prompt
      while (typeof next === 'string') next = await step(next)
      return next
    },
  }
}

const isAnswer = (end: Answer | TurnOutcome): end is Answer =>
  end.kind === 'answered' || end.kind === 'over' || end.kind === 'hopeless'

function isToBeCut({ db }: RunnerDeps, agentId: string, id: string): boolean {
  const { restart } = getAgent(db, agentId)
  const turn = restart?.turnId === id ? findInput(db, id) : undefined
  return turn !== undefined && turn.result === null
}

/** The prompt of the turn behind the one that a person has cut off; undefined when nobody did. */
function takeUpRestart({ db }: RunnerDeps, agentId: string, id: string): string | undefined {
  const { restart } = getAgent(db, agentId)
  if (restart?.turnId !== id) return undefined
  const { conversation, instructions, sessionId } = restart
  if (conversation === 'same') return restartPrompt(instructions)
  if (sessionId !== undefined) updateAgent(db, agentId, { sessionId })
  const brief = findInput(db, turnId(agentId, 1))?.content ?? ''
  return freshPrompt(brief, instructions)
}

/** A UUID, which is what the CLI wants for a message; the same for the same turn of the same agent. */
export function turnId(agentId: string, turn: number): string {
  const hex = createHash('sha256').update(`${agentId}/${turn}`).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
