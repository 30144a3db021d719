import * as v from 'valibot'
import { RecoverySummary } from './recovery.ts'
import { StorageState } from './storage.ts'

/** One line of `doctor`, in the UI, the API and the terminal. */
export const Check = v.object({
  id: v.string(),
  title: v.string(),
  state: v.picklist(['ok', 'warn', 'fail', 'skip']),
  /** The measured fact. */
  detail: v.string(),
  /** What to do about it; present when the state is not `ok`. */
  fix: v.optional(v.string()),
})
export type Check = v.InferOutput<typeof Check>

/** What the whole installation is doing; sent on the live socket when it changes. */
export const SystemState = v.object({
  engine: v.object({
    state: v.picklist(['unknown', 'reachable', 'unreachable']),
    detail: v.string(),
    version: v.optional(v.string()),
  }),
  image: v.object({
    state: v.picklist(['unknown', 'missing', 'building', 'ready', 'failed']),
    tag: v.string(),
    /** Last line of the build, or why it failed. */
    detail: v.string(),
    step: v.optional(v.number()),
    steps: v.optional(v.number()),
  }),
  slots: v.object({ used: v.number(), total: v.number(), queued: v.number(), warm: v.number() }),
  credentials: v.object({
    state: v.picklist(['unknown', 'ok', 'missing', 'expired', 'refused']),
    detail: v.string(),
  }),
  storage: v.optional(StorageState),
  /** What this start found of the server before it; the whole of it at `/api/recovery`. */
  recovery: v.optional(RecoverySummary),
})
export type SystemState = v.InferOutput<typeof SystemState>
