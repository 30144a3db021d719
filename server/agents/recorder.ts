/**
 * What an agent's stored output means: lines go through the session reducer, and what they changed is written to rows and
 * events together with the offset up to which it has been, so that no line is acted upon twice.
 */
import { getAgent, updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import type { Clock } from '#lib/clock.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { TurnOutcome } from './agents.ts'
import { createLineReader, type Line } from './claude/lines.ts'
import { parseLine, streamEvent } from './claude/parse.ts'
import {
  newSession,
  reduce,
  restarted,
  type SessionEffect,
  type SessionState,
} from './claude/session.ts'
import { applyEffect, endTurnWithout, findResult } from './recording.ts'
import type { ToolHolder } from './tools.ts'

export type Recorder = {
  /** Takes in what is stored and was not yet. Must have resolved before bytes are pushed. */
  catchUp(): Promise<void>
  /** The next stored bytes. Throws `disk.full` when what they mean could not be written down: then to be called again with the same. */
  push(offset: number, bytes: Uint8Array): void
  state(): SessionState
  /** A new CLI process goes on with the session. */
  restarted(): void
  /**
   * What the turn counts as if its own end says less: it was cut short for a reason the CLI does not know.
   * A turn that completed all the same stays completed.
   */
  override(turnId: string, outcome: TurnOutcome): void
  overrideOf(turnId: string): TurnOutcome | undefined
  /** Ends a turn whose CLI will say nothing more; the first end of a turn stays. */
  endTurn(turnId: string, outcome: TurnOutcome): TurnOutcome
  /** What an ended CLI had said about the turn, if anything. */
  lastWord(turnId: string): TurnOutcome | undefined
  /** Called with what new lines meant, after it was recorded. */
  subscribe(listener: (effect: SessionEffect) => void): () => void
}

export type RecorderOptions = {
  agentId: string
  db: Db
  events: Pick<EventLog, 'transact'>
  output: Pick<OutputStore, 'size' | 'read'>
  clock: Clock
  tools?: ToolHolder
}

const readBytes = 1024 * 1024

export function createRecorder(options: RecorderOptions): Recorder {
  const { agentId, db, events, output, clock, tools = {} } = options
  const reader = createLineReader({ skim: streamEvent })
  const listeners = new Set<(effect: SessionEffect) => void>()
  const overrides = new Map<string, TurnOutcome>()
  const recordedTo = getAgent(db, agentId).parsedOffset
  let state = newSession()
  let position = 0
  /** What lines meant that could not be written down yet. */
  let unrecorded: SessionEffect[] = []

  const take = (line: Line): SessionEffect[] => {
    const step = reduce(state, 'text' in line ? parseLine(line.text) : oversized(line))
    state = step.state
    // Replayed only to know where the session is; what it meant has been recorded before.
    return line.end <= recordedTo ? [] : step.effects
  }
  const push = (offset: number, bytes: Uint8Array): void => {
    const fresh = bytes.subarray(Math.max(0, position - offset))
    position += fresh.length
    unrecorded.push(...reader.push(fresh).flatMap(take))
    if (unrecorded.length === 0) return
    events.transact((tx, record) => {
      const session = { tx, record, agentId, now: clock.now(), overrides, tools }
      for (const effect of unrecorded) applyEffect(session, effect)
      updateAgent(tx, agentId, { parsedOffset: reader.offset() })
    })
    const effects = unrecorded
    unrecorded = []
    for (const effect of effects) for (const listener of listeners) listener(effect)
  }

  return {
    push,
    async catchUp() {
      while (position < output.size(agentId))
        push(position, await output.read(agentId, position, position + readBytes))
    },
    state: () => state,
    restarted() {
      state = restarted(state)
    },
    override: (turnId, outcome) => void overrides.set(turnId, outcome),
    overrideOf: (turnId) => overrides.get(turnId),
    endTurn: (turnId, outcome) => endTurnWithout(options, { agentId, turnId, outcome }),
    lastWord: (turnId) => findResult(state.unsettled, turnId)?.outcome,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function oversized(line: Extract<Line, { oversizedBytes: number }>): {
  type: 'damaged'
  reason: string
} {
  return { type: 'damaged', reason: `a line of ${line.oversizedBytes} bytes` }
}
