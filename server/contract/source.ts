import * as v from 'valibot'
import { TaskSource } from './task.ts'

/** A source to look at before a task is made of it. The token is used for this one question and kept nowhere. */
export const CheckSource = v.object({
  source: TaskSource,
  access_token: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096))),
  /** A credential of the vault in place of a token. */
  credential_id: v.nullish(v.string()),
})
export type CheckSource = v.InferOutput<typeof CheckSource>

/** What a source that can be read is like. */
export const SourceCheck = v.object({
  /** The branch that work would belong to; null for a repository without commits. */
  branch: v.nullable(v.string()),
  /** Where it would start; null without commits, or when the source does not hand out commits by a short id. */
  commit: v.nullable(v.string()),
  /** When that commit was made; absent where asking would have meant fetching too much. */
  committed_at: v.optional(v.string()),
  /** Bytes of the repository's objects; absent where they are not on this machine yet. */
  size_bytes: v.optional(v.number()),
  /** Names to choose from, the newest 200 at most; in the order of the source. */
  branches: v.array(v.string()),
})
export type SourceCheck = v.InferOutput<typeof SourceCheck>
