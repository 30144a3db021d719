/**
 * A task's files as a person sees them. `workspace` is the task branch in the bare repository (or one agent's received work), `input` are
 * uploads in a directory only the server writes. No call ever opens a path an agent could have made.
 */
import type { FileArea, FileList, FileView, UploadedFile } from '#contract/file.ts'

export type Files = {
  /**
   * Stores one upload below the task's `input` directory, atomically. `path` may have folders.
   * `file.forbidden` for a path that would leave it (or holds `.git`, NUL, a drive), `file.too-large` past the limit.
   */
  upload(taskId: string, path: string, content: AsyncIterable<Uint8Array>): Promise<UploadedFile>
  list(taskId: string): Promise<FileList>
  /** Bytes and a name for the download. `file.not-found`. */
  download(
    taskId: string,
    area: FileArea,
    path: string,
  ): Promise<{ name: string; bytes: Uint8Array }>
  /** Text only: `file.not-text` for binary, `file.too-large` past 2 MiB. */
  view(taskId: string, area: FileArea, path: string): Promise<FileView>
  /** Replaces an existing text file; in `workspace` it becomes a commit on the task branch. */
  save(
    taskId: string,
    area: FileArea,
    path: string,
    content: string,
  ): Promise<{ name: string; path: string; size: number }>
  delete(taskId: string, area: FileArea, path: string): Promise<void>
  /**
   * Everything uploaded, for an agent's `input/`; paths are relative to that. `toIgnoreFile` of their paths belongs in
   * the workspace as `.klaudio/exclude`, without uploads too: by it the agent's git knows what not to commit.
   */
  inputs(taskId: string): Promise<{ path: string; content: Uint8Array }[]>
  /** Absolute directory of the uploads, for a task that starts from them. */
  inputDir(taskId: string): string
  remove(taskId: string): Promise<void>
}
