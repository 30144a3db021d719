/**
 * A conversation with one agent: numbered turns whose ids follow from the agent's, so that whoever asks again after a crash
 * gets the stored end of every turn that ended and goes on with the one that did not.
 */
import { createHash } from 'node:crypto'
import type { AgentSpec } from '#agents/agents.ts'
import { findInput } from '#db/agent-inputs.ts'
import { toIso } from '#lib/clock.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { judge, type Verdict } from './judge.ts'
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
}

export function createTurns(
  deps: RunnerDeps,
  context: StepContext,
  { spec, timeouts, seat, check }: TurnsOptions,
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

  return {
    wasAsked,
    nextId,
    async ask(prompt) {
      for (let next = prompt; ; ) {
        turn++
        const { maxOutputBytes } = deps.config
        const asked = {
          turnId: turnId(spec.agentId, turn),
          prompt: next,
          ...timeouts,
          ...(maxOutputBytes > 0 && { maxOutputBytes }),
        }
        const outcome = await deps.agents.run(spec, asked, { signal: context.signal })
        check()
        const verdict = judge(outcome, { failuresInARow, now: deps.clock.now() })
        failuresInARow = outcome.kind === 'failed' ? failuresInARow + 1 : 0
        if (verdict.kind !== 'go-on') return verdict
        await pause(verdict)
        if (outcome.kind === 'completed' || !outcome.unread) next = verdict.prompt
      }
    },
  }
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
