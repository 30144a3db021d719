import * as v from 'valibot'

/** `workspace`: the integrated work (task branch), or one agent's work; `input`: uploads; `output`: declared results. */
export const FileArea = v.picklist(['input', 'output', 'workspace'])
export type FileArea = v.InferOutput<typeof FileArea>

export const FileEntry = v.object({
  /** Path inside its area, with forward slashes. */
  name: v.string(),
  size: v.number(),
  type: v.optional(v.picklist(['file', 'symlink', 'submodule'])),
})
export type FileEntry = v.InferOutput<typeof FileEntry>

export const FileList = v.object({
  input: v.array(FileEntry),
  output: v.array(FileEntry),
  workspace: v.array(FileEntry),
})
export type FileList = v.InferOutput<typeof FileList>

export const UploadedFile = v.object({ name: v.string(), size: v.number(), path: v.string() })
export type UploadedFile = v.InferOutput<typeof UploadedFile>

export const FileView = v.object({
  name: v.string(),
  path: v.string(),
  size: v.number(),
  content: v.string(),
})
export type FileView = v.InferOutput<typeof FileView>

/** A part of a task's work: all that is on the task branch, what one agent handed in, or what one subtask brought in. */
export const workKinds = ['all', 'agent', 'subtask'] as const
export type WorkScope = { kind: 'all' } | { kind: 'agent' | 'subtask'; id: string }

export const Work = v.object({
  kind: v.picklist(workKinds),
  /** Of the agent or the subtask; empty for `all`. */
  id: v.string(),
  /** The newest commit of it. */
  commit: v.string(),
  /** Whether it is on the task branch. */
  merged: v.boolean(),
  agent_id: v.optional(v.string()),
  subtask_id: v.optional(v.string()),
})
export type Work = v.InferOutput<typeof Work>

export const FileChange = v.object({
  path: v.string(),
  /** A added, M modified, D deleted, R renamed, T type changed. */
  status: v.string(),
  added: v.number(),
  deleted: v.number(),
  /** Names its content: the new one, or the last one of a deleted file. */
  oid: v.optional(v.string(), ''),
  /** Where it was, for a rename. */
  from: v.optional(v.string()),
  /** No text that could be compared; it counts no lines. */
  binary: v.optional(v.boolean()),
  /** Git's modes before and after, when they differ. */
  modes: v.optional(v.tuple([v.string(), v.string()])),
})
export type FileChange = v.InferOutput<typeof FileChange>

/** What an agent has changed so far, committed or not, compared with what it started from. Read when it was asked for. */
export const LiveChanges = v.object({
  from: v.string(),
  /** Names this state of the files, for `diff`. Not in any branch. */
  to: v.string(),
  files: v.array(FileChange),
  /** When the files were read. */
  at: v.string(),
  /** False: the container has ended, and what it left was read. */
  running: v.boolean(),
  /** The first few that were left out: files of more than 4 MiB, what is beyond 32 MiB together, repositories inside this one. */
  skipped: v.array(
    v.object({
      path: v.string(),
      size: v.number(),
      reason: v.picklist(['large', 'many', 'repository']),
    }),
  ),
  /** How many were left out. */
  left_out: v.number(),
})
export type LiveChanges = v.InferOutput<typeof LiveChanges>
