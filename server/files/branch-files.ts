import { AppError } from '#contract/errors.ts'
import type { FileArea, FileEntry } from '#contract/file.ts'
import { updateTask } from '#db/tasks.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { checkTreePath } from './safe-path.ts'

/** What files need to know of a task. */
export type FileTask = {
  branch: string
  /** Null until its repository is ready. */
  headCommit: string | null
  outputFiles: readonly string[]
}

/** Files of the task branch: `workspace` is all of them, `output` those the task declared as its results. */
export type BranchFiles = {
  list(taskId: string): Promise<{ workspace: FileEntry[]; output: FileEntry[] }>
  read(taskId: string, file: BranchPath & { maxBytes: number }): Promise<Uint8Array>
  /** Commits the new content, or the deletion for `null`. */
  write(taskId: string, file: BranchPath & { content: Uint8Array | null }): Promise<void>
}

type BranchPath = { area: Exclude<FileArea, 'input'>; path: string }

export function createBranchFiles({
  workspaces,
  eventLog,
  taskOf,
  now,
}: {
  workspaces: Pick<Workspaces, 'head' | 'list' | 'read' | 'write'>
  eventLog: Pick<EventLog, 'transact'>
  taskOf: (taskId: string) => FileTask
  now: () => number
}): BranchFiles {
  const headOf = async (taskId: string, task: FileTask): Promise<string | undefined> =>
    task.headCommit === null ? undefined : workspaces.head(taskId, task.branch)

  const locate = async (taskId: string, { area, path }: BranchPath): Promise<string> => {
    const task = taskOf(taskId)
    checkTreePath(path)
    const head = await headOf(taskId, task)
    if (!head) throw new AppError('file.not-found', 'This task has no files yet.')
    if (area === 'output' && !isOutput(task, path))
      throw new AppError('file.not-found', `${path} is not among the task's declared results.`)
    return head
  }

  return {
    async list(taskId) {
      const task = taskOf(taskId)
      const head = await headOf(taskId, task)
      const entries = head ? await workspaces.list(taskId, head) : []
      const workspace = entries.map(({ path, sizeBytes, type }) => ({
        name: path,
        size: sizeBytes,
        type,
      }))
      return { workspace, output: workspace.filter(({ name }) => isOutput(task, name)) }
    },
    async read(taskId, { area, path, maxBytes }) {
      const head = await locate(taskId, { area, path })
      return workspaces.read(taskId, head, path, maxBytes)
    },
    async write(taskId, { area, path, content }) {
      await locate(taskId, { area, path })
      const { branch } = taskOf(taskId)
      const message = content === null ? `Delete ${path}` : `Edit ${path}`
      const commit = await workspaces.write({ taskId, branch, path, content, message })
      const what = content === null ? { deleted: true } : { size: content.length }
      eventLog.transact((tx, record) => {
        updateTask(tx, taskId, { headCommit: commit }, now())
        record({ taskId, type: 'file.changed', data: { area, path, commit, ...what } })
      })
    },
  }
}

/** A declared result is a file, or a folder with all below it. */
function isOutput(task: FileTask, path: string): boolean {
  return task.outputFiles.some((declared) => {
    const name = declared.replace(/^\.\//, '').replace(/\/+$/, '')
    return path === name || (name !== '' && path.startsWith(`${name}/`))
  })
}
