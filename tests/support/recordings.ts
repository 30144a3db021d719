import { readdirSync, readFileSync } from 'node:fs'
import { createLineReader, type Line } from '#agents/claude/lines.ts'
import { parseLine } from '#agents/claude/parse.ts'
import {
  newSession,
  reduce,
  type SessionEffect,
  type SessionState,
} from '#agents/claude/session.ts'

const directory = new URL('../fixtures/recordings/', import.meta.url).pathname

/** Names of all recorded outputs of the real CLI, without `.jsonl`. */
export const recordingNames: string[] = readdirSync(directory)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length))
  .sort()

export const readRecording = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(`${directory}${name}.jsonl`))

/** Reads bytes, given in pieces of any size, as one session. */
export function play(chunks: Iterable<Uint8Array>): {
  state: SessionState
  effects: SessionEffect[]
  lines: Line[]
} {
  const reader = createLineReader()
  const lines: Line[] = []
  const effects: SessionEffect[] = []
  let state = newSession()
  for (const chunk of chunks)
    for (const line of reader.push(chunk)) {
      lines.push(line)
      const step = reduce(state, 'text' in line ? parseLine(line.text) : oversized)
      state = step.state
      effects.push(...step.effects)
    }
  return { state, effects, lines }
}

const oversized = { type: 'damaged', reason: 'too long' } as const
