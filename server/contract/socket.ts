import * as v from 'valibot'
import { TaskEvent } from './event.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const channel = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))

/**
 * The live socket, `/ws/live`: one connection per browser. Text frames are JSON; a binary frame carries output:
 * 4 bytes channel (u32, big endian), 8 bytes absolute byte offset (u64, big endian), then the bytes.
 */
export const LiveRequest = v.variant('type', [
  /**
   * All events after `after` (exclusive), then live ones. Without `task`: of every task, by instance-wide `id`.
   * `from_now`: nothing stored, only what happens from here on; there is no `events_live` frame then.
   * `gather_ms`: events come in `events` frames, several at once. What agents say of themselves many times a minute
   * (`agent.activity`, `agent.usage`) waits up to so long for company; everything else, and what waits then, leaves at once.
   */
  v.object({
    type: v.literal('events'),
    task: v.optional(v.string()),
    after: v.optional(count, 0),
    from_now: v.optional(v.boolean()),
    gather_ms: v.optional(v.pipe(count, v.maxValue(10_000))),
  }),
  v.object({ type: v.literal('events_stop'), task: v.optional(v.string()) }),
  /**
   * An agent's output from byte `from`; the client chooses the channel number. Asking on a channel in use ends what it
   * carried. `output_start` tells where it really starts: lower than asked when the server has less than the client.
   */
  v.object({
    type: v.literal('output'),
    agent: v.string(),
    from: v.optional(count, 0),
    channel,
  }),
  v.object({ type: v.literal('output_stop'), channel }),
])
export type LiveRequest = v.InferOutput<typeof LiveRequest>

export const LiveFrame = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    instance: v.string(),
    version: v.string(),
    now: v.string(),
  }),
  v.object({ type: v.literal('event'), event: TaskEvent }),
  v.object({ type: v.literal('events'), events: v.array(TaskEvent) }),
  /** Everything stored has been sent; what follows is live. `last` is the last seq (or id) sent. */
  v.object({ type: v.literal('events_live'), task: v.optional(v.string()), last: v.number() }),
  v.object({
    type: v.literal('output_start'),
    channel: v.number(),
    agent: v.string(),
    from: v.number(),
    size: v.number(),
  }),
  /** The client was too slow and bytes `from`..`to` were left out; ask for them again from `from`. */
  v.object({ type: v.literal('gap'), channel: v.number(), from: v.number(), to: v.number() }),
  /** The agent has ended and every byte was sent. */
  v.object({ type: v.literal('output_end'), channel: v.number(), size: v.number() }),
  /** The engine, the image build, or the queue changed: the whole new state. */
  v.object({ type: v.literal('system'), system: v.record(v.string(), v.unknown()) }),
  v.object({
    type: v.literal('error'),
    error: v.string(),
    code: v.string(),
    channel: v.optional(v.number()),
  }),
])
export type LiveFrame = v.InferOutput<typeof LiveFrame>

/** Length of the header of a binary frame. */
export const outputHeaderBytes = 12
const twoTo32 = 2 ** 32

/** Writes the header of a binary frame into its first bytes. Returns the frame. */
export function writeOutputHeader(frame: Uint8Array, channel: number, offset: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, outputHeaderBytes)
  view.setUint32(0, channel)
  view.setUint32(4, Math.floor(offset / twoTo32))
  view.setUint32(8, offset % twoTo32)
  return frame
}

/** `bytes` is a view into `frame`, not a copy. Undefined when the frame is shorter than its header. */
export function parseOutputFrame(
  frame: Uint8Array,
): { channel: number; offset: number; bytes: Uint8Array } | undefined {
  if (frame.length < outputHeaderBytes) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, outputHeaderBytes)
  return {
    channel: view.getUint32(0),
    offset: view.getUint32(4) * twoTo32 + view.getUint32(8),
    bytes: frame.subarray(outputHeaderBytes),
  }
}

/** A terminal's size in characters. */
export const TerminalSize = v.object({
  cols: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(500)),
  rows: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(500)),
})
export type TerminalSize = v.InferOutput<typeof TerminalSize>

/**
 * `/ws/tasks/:id/agents/:aid/shell?cols=&rows=`: binary frames are what is typed and what is printed. As text the client says its size,
 * and the server how it ended; the connection closes with it.
 */
export const ShellRequest = v.object({ type: v.literal('resize'), ...TerminalSize.entries })
export const ShellEnd = v.variant('type', [
  v.object({ type: v.literal('exit'), code: v.number() }),
  v.object({ type: v.literal('error'), error: v.string(), code: v.string() }),
])
export type ShellEnd = v.InferOutput<typeof ShellEnd>

/** Close code of every socket when the server ends, and its reasons by what becomes of the agents. */
export const stoppingCode = 1001
export const goodbyes = {
  leave: 'Klaudio is stopping',
  pause: 'Klaudio is stopping and pauses its agents',
} as const
