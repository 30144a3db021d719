/**
 * A task's files as a person sees them. `workspace` is the task branch in the bare repository (or one agent's received work), `input` are
 * uploads in a directory only the server writes. No call ever opens a path an agent could have made.
 */

import type { FileArea, FileList, FileView, UploadedFile } from '#contract/file.ts'
import type { ReceivedFile } from './upload-dir.ts'

export type FilePlace = {
  area: FileArea
  path: string
  /** Reads what this agent handed in, in place of the task branch. Uploads are the same for all. */
  agentId?: string | undefined
}

export type OpenedFile = {
  /** Last part of its path. */
  name: string
  sizeBytes: number
  /** Changes with the content. */
  version: string
  /** Bytes `from` to `to` (exclusive), all of them unless told. */
  read(range?: { from: number; to: number }): AsyncIterable<Uint8Array>
}

export type Files = {
  /** Takes a file in without showing it. `file.too-large` past the limit, and then nothing is left of it. */
  receive(taskId: string, content: AsyncIterable<Uint8Array>): Promise<ReceivedFile>
  /** As `upload`, for what was received for the same task. When it fails nothing is left of the file. */
  keep(taskId: string, file: ReceivedFile, path: string): Promise<UploadedFile>
  /**
   * Stores one upload below the task's `input` directory, atomically. `path` may have folders.
   * `file.forbidden` for a path that would leave it (or holds `.git`, NUL, a drive), `file.too-large` past the limit.
   */
  upload(taskId: string, path: string, content: AsyncIterable<Uint8Array>): Promise<UploadedFile>
  /** `workspace` and `output` are the task branch, or what `agentId` handed in. `agent.not-found`. */
  list(taskId: string, agentId?: string): Promise<FileList>
  /** One file, to be read in pieces. `file.not-found`. */
  open(taskId: string, place: FilePlace): Promise<OpenedFile>
  /** Text only: `file.not-text` for binary, `file.too-large` past 2 MiB. */
  view(taskId: string, place: FilePlace): Promise<FileView & { version: string }>
  /**
   * Replaces an existing text file; in `workspace` it becomes a commit on the task branch. With `version`, only while
   * the file is still that one: else `file.changed`, and nothing is saved.
   */
  save(
    taskId: string,
    place: Omit<FilePlace, 'agentId'>,
    text: { content: string; version?: string | undefined },
  ): Promise<{ name: string; path: string; size: number; version: string }>
  delete(
    taskId: string,
    place: Omit<FilePlace, 'agentId'>,
    options?: { version?: string | undefined },
  ): Promise<void>
  /** All files of an area as gzipped tar below one folder. `file.not-found` when there are none. */
  pack(
    taskId: string,
    from: { area: FileArea; agentId?: string | undefined },
  ): Promise<{ name: string; chunks: AsyncIterable<Uint8Array> }>
  /**
   * Everything uploaded, for an agent's `input/`; paths are relative to that. `toIgnoreFile` of their paths belongs in
   * the workspace as `.klaudio/exclude`, without uploads too: by it the agent's git knows what not to commit.
   */
  inputs(taskId: string): Promise<{ path: string; content: Uint8Array }[]>
  /** Gives a task the uploads of another. The task must exist. */
  copyInputs(fromTaskId: string, toTaskId: string): Promise<void>
  /** Absolute directory of the uploads, for a task that starts from them. */
  inputDir(taskId: string): string
  remove(taskId: string): Promise<void>
}
