import * as v from 'valibot'
import { TaskEvent } from './event.ts'

/**
 * The live socket, `/ws/live`: one connection per browser. Text frames are JSON; a binary frame carries output:
 * 4 bytes channel (u32, big endian), 8 bytes absolute byte offset (u64, big endian), then the bytes.
 */
export const LiveRequest = v.variant('type', [
  /** All events after `after` (exclusive), then live ones. Without `task`: of every task, by instance-wide `id`. */
  v.object({
    type: v.literal('events'),
    task: v.optional(v.string()),
    after: v.optional(v.number(), 0),
  }),
  v.object({ type: v.literal('events_stop'), task: v.optional(v.string()) }),
  /** An agent's output from byte `from`; the client chooses the channel number. */
  v.object({
    type: v.literal('output'),
    agent: v.string(),
    from: v.optional(v.number(), 0),
    channel: v.number(),
  }),
  v.object({ type: v.literal('output_stop'), channel: v.number() }),
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
