/**
 * Hides the secrets of a task in what its agents print, before a byte of it is stored or acted upon: everything that is shown, kept or told
 * comes from there. Offsets stay those of the agent's own file, because a secret becomes as many asterisks. What may be the beginning of
 * one waits: until its line is whole, and where a model says it bit by bit (one line each) until the next bit has come. What waits is not stored, so
 * a server that starts anew reads it again.
 */
import { AppError } from '#contract/errors.ts'
import { createMask, type Mask } from '#lib/byte-mask.ts'
import type { AgentsContext } from './context.ts'

export type OutputMask = {
  /** The next bytes of the file; returns what may be stored now. */
  push(bytes: Uint8Array): Uint8Array
  /** What still waited, when nothing more will come. */
  end(): Uint8Array
}

/** Secrets that do not open any more hide nothing: no agent that starts now is given them either. */
export function maskOf(
  { environmentOf, log }: Pick<AgentsContext, 'environmentOf' | 'log'>,
  taskId: string,
): Mask {
  try {
    return createMask(environmentOf(taskId).secrets)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'credentials.missing')) throw error
    log.warn('secrets of a task do not open', { task: taskId, error: error.message })
    return createMask([])
  }
}

const newline = 10
/** A line that is longer is stored as it comes, cut anywhere but in a secret. */
const longestWait = 4 * 1024 * 1024

export function createOutputMask(mask: Mask): OutputMask {
  let waiting = Buffer.alloc(0)
  const release = (size: number): Uint8Array => {
    const ready = waiting.subarray(0, size)
    waiting = waiting.subarray(size)
    return ready
  }
  return {
    push(bytes) {
      if (mask.isEmpty) return bytes
      waiting = Buffer.concat([waiting, bytes])
      const whole = waiting.lastIndexOf(newline) + 1
      if (whole === 0 && waiting.length <= longestWait) return new Uint8Array()
      if (whole === 0) {
        waiting = Buffer.from(mask.bytes(waiting))
        return release(waiting.length - mask.openEnd(waiting))
      }
      const { open, hidden } = findSpoken(mask, waiting.subarray(0, whole))
      for (const [from, to] of hidden) waiting.fill(asterisk, from, to)
      const ready = release(open)
      return mask.bytes(ready)
    },
    end() {
      const { hidden } = findSpoken(mask, waiting)
      for (const [from, to] of hidden) waiting.fill(asterisk, from, to)
      return mask.bytes(release(waiting.length))
    },
  }
}

const asterisk = 42

/** A bit of what a model says, and where its JSON stands in the bytes. */
type Bit = { text: string; from: number; lineStart: number }

/**
 * Secrets that are spread over several lines: `hidden` are the places of their bytes, `open` is where the first line begins that holds what may be
 * the beginning of one.
 */
function findSpoken(mask: Mask, bytes: Buffer): { open: number; hidden: [number, number][] } {
  const { ended, runs } = readRuns(bytes)
  const hidden = [...ended, ...runs].flatMap((bits) => placesOf(mask, bits))
  const opens = runs.map((bits) => openLine(mask, bits) ?? bytes.length)
  return { open: Math.min(bytes.length, ...opens), hidden }
}

/** What belongs together, and which of it goes on in bytes to come. */
function readRuns(bytes: Buffer): { ended: Bit[][]; runs: Bit[][] } {
  const ended: Bit[][] = []
  const runs = new Map<string, Bit[]>()
  for (const [start, end] of linesOf(bytes)) {
    const found = readBit(bytes, start, end) ?? (runs.size > 0 && readEnd(bytes, start, end))
    if (!found) continue
    if (found.kind === 'bit') runs.set(found.key, [...(runs.get(found.key) ?? []), found.bit])
    else ended.push(...takeOut(runs, found.keys))
  }
  return { ended, runs: [...runs.values()] }
}

function* linesOf(bytes: Buffer): Generator<[start: number, end: number]> {
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(newline, start)
    const end = at < 0 ? bytes.length : at + 1
    yield [start, end]
    start = end
  }
}

function takeOut(runs: Map<string, Bit[]>, keys: string): Bit[][] {
  const found = [...runs].filter(([key]) => key.startsWith(keys))
  for (const [key] of found) runs.delete(key)
  return found.map(([, bits]) => bits)
}

function openLine(mask: Mask, bits: readonly Bit[]): number | undefined {
  let left = mask.openText(bits.map(({ text }) => text).join(''))
  if (left === 0) return undefined
  for (const { text, lineStart } of bits.toReversed()) {
    left -= text.length
    if (left <= 0) return lineStart
  }
  return undefined
}

function placesOf(mask: Mask, bits: readonly Bit[]): [number, number][] {
  const text = bits.map((bit) => bit.text).join('')
  const places: [number, number][] = []
  for (const [from, to] of mask.spans(text)) {
    let start = 0
    for (const bit of bits) {
      const a = Math.max(0, from - start)
      const b = Math.min(bit.text.length, to - start)
      if (a < b) places.push([bit.from + sizeOf(bit.text, 0, a), bit.from + sizeOf(bit.text, 0, b)])
      start += bit.text.length
    }
  }
  return places
}

/** Bytes that JSON takes for a part of a text. A character in two halves is taken along whole. */
const sizeOf = (text: string, from: number, to: number): number => {
  const isHalf = to < text.length && /[\uD800-\uDBFF]/.test(text[to - 1] ?? '')
  return Buffer.byteLength(JSON.stringify(text.slice(from, isHalf ? to + 1 : to)).slice(1, -1))
}

const beginning = Buffer.from('{"type":"stream_event"')
const fields = ['text', 'thinking', 'partial_json'] as const

/** `keys`: how the names of all that ends with it begin. */
type Read = { kind: 'bit'; key: string; bit: Bit } | { kind: 'end'; keys: string }

/** What the line says of a message that comes bit by bit, as the Messages API streams it; undefined for every other line. */
function readBit(bytes: Buffer, start: number, end: number): Read | undefined {
  if (!bytes.subarray(start, start + beginning.length).equals(beginning)) return undefined
  const line = bytes.toString('utf8', start, end)
  const parsed = parse(line)
  const event = parsed?.event
  if (event?.type !== 'content_block_delta' && event?.type !== 'content_block_stop')
    return undefined
  const key = `${parsed?.parent_tool_use_id ?? ''} ${event.index ?? ''}`
  if (event.type === 'content_block_stop') return { kind: 'end', keys: key }
  const field = fields.find((name) => typeof event.delta?.[name] === 'string')
  const text = field && event.delta?.[field]
  if (field === undefined || typeof text !== 'string') return undefined
  const opening = `"${field}":"`
  const at = line.indexOf(`${opening}${JSON.stringify(text).slice(1)}`)
  if (at < 0) return undefined
  const from = start + Buffer.byteLength(line.slice(0, at)) + opening.length
  return { kind: 'bit', key, bit: { text, from, lineStart: start } }
}

/** A message that is whole, or a turn or process that ends, ends what came bit by bit before: it may have been cut off. */
function readEnd(bytes: Buffer, start: number, end: number): Read | undefined {
  const [, type] = /^\{"type":"(\w+)"/.exec(bytes.toString('latin1', start, start + 40)) ?? []
  if (type === 'result' || type === 'system') return { kind: 'end', keys: '' }
  if (type !== 'assistant' && type !== 'user') return undefined
  return {
    kind: 'end',
    keys: `${parse(bytes.toString('utf8', start, end))?.parent_tool_use_id ?? ''} `,
  }
}

type Line = {
  parent_tool_use_id?: unknown
  event?: { type?: unknown; index?: unknown; delta?: Record<string, unknown> }
}

function parse(line: string): Line | undefined {
  try {
    // Every part is looked at before it is used.
    return JSON.parse(line) as Line
  } catch {
    return undefined
  }
}
