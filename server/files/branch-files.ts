import { AppError } from '#contract/errors.ts'
import type { FileArea, FileEntry } from '#contract/file.ts'
import { updateTask } from '#db/tasks.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OpenFile, Workspaces } from '#workspaces/workspaces.ts'
import { checkTreePath, controlFolder, isControlPath } from './safe-path.ts'
import type { Works } from './works.ts'

/** What files need to know of a task. */
export type FileTask = {
  branch: string
  /** Null until its repository is ready. */
  headCommit: string | null
  outputFiles: readonly string[]
}

/** Files of a commit: `workspace` is all of them, `output` those the task declared as its results. */
export type BranchFiles = {
  list(taskId: string, agentId?: string): Promise<{ workspace: FileEntry[]; output: FileEntry[] }>
  open(taskId: string, file: BranchPlace): Promise<OpenFile>
  /** Commits the new content, or the deletion for `null`; only while the file is `oid`, when given. */
  write(
    taskId: string,
    file: BranchPlace & { content: Uint8Array | null; oid?: string | undefined },
  ): Promise<void>
  pack(
    taskId: string,
    from: { area: BranchPlace['area']; agentId?: string | undefined; prefix: string },
  ): Promise<AsyncIterable<Uint8Array>>
}

type BranchPlace = {
  area: Exclude<FileArea, 'input'>
  path: string
  agentId?: string | undefined
}

export function createBranchFiles({
  workspaces,
  works,
  eventLog,
  taskOf,
  now,
}: {
  workspaces: Pick<Workspaces, 'head' | 'list' | 'open' | 'pack' | 'write'>
  works: Pick<Works, 'range'>
  eventLog: Pick<EventLog, 'transact'>
  taskOf: (taskId: string) => FileTask
  now: () => number
}): BranchFiles {
  const commitOf = async (taskId: string, agentId?: string): Promise<string | undefined> => {
    const task = taskOf(taskId)
    if (agentId !== undefined)
      return (await works.range(taskId, { kind: 'agent', id: agentId }))?.to
    return task.headCommit === null ? undefined : workspaces.head(taskId, task.branch)
  }

  const locate = async (taskId: string, { area, path, agentId }: BranchPlace): Promise<string> => {
    const task = taskOf(taskId)
    checkTreePath(path)
    const commit = await commitOf(taskId, agentId)
    if (!commit) throw noFiles(agentId)
    if (area === 'output' && !isOutput(task, path))
      throw new AppError('file.not-found', `${path} is not among the task's declared results.`)
    return commit
  }

  const list: BranchFiles['list'] = async (taskId, agentId) => {
    const task = taskOf(taskId)
    const commit = await commitOf(taskId, agentId)
    const entries = commit ? await workspaces.list(taskId, commit) : []
    const workspace = entries
      // What an agent and Klaudio talk through lies in its tree, but is nobody's work.
      .filter(({ path }) => agentId === undefined || !isControlPath(path))
      .map(({ path, sizeBytes, type }) => ({ name: path, size: sizeBytes, type }))
    return { workspace, output: workspace.filter(({ name }) => isOutput(task, name)) }
  }

  return {
    list,
    async open(taskId, place) {
      const commit = await locate(taskId, place)
      return workspaces.open(taskId, commit, place.path)
    },
    async write(taskId, { area, path, content, oid }) {
      await locate(taskId, { area, path })
      const { branch } = taskOf(taskId)
      const message = content === null ? `Delete ${path}` : `Edit ${path}`
      const only = oid === undefined ? {} : { oid }
      const what = content === null ? { deleted: true } : { size: content.length }
      const writeDown = (commit: string): void =>
        eventLog.transact((tx, record) => {
          updateTask(tx, taskId, { headCommit: commit }, now())
          record({ taskId, type: 'file.changed', data: { area, path, commit, ...what } })
        })
      const edit = { taskId, branch, path, content, message, ...only }
      await workspaces.write({ ...edit, record: writeDown })
    },
    async pack(taskId, { area, agentId, prefix }) {
      const commit = await commitOf(taskId, agentId)
      const files = (await list(taskId, agentId))[area]
      if (!commit || files.length === 0) throw noFiles(agentId)
      const wanted = { commit, prefix, ...(agentId ? { without: controlFolder } : {}) }
      if (area === 'workspace') return workspaces.pack(taskId, wanted)
      const paths = declaredNames(taskOf(taskId)).filter((declared) =>
        files.some(({ name }) => isAtOrBelow(declared, name)),
      )
      return workspaces.pack(taskId, { ...wanted, paths })
    },
  }
}

const noFiles = (agentId: string | undefined): AppError =>
  new AppError(
    'file.not-found',
    agentId === undefined
      ? 'There are no files here yet.'
      : 'This agent has not handed in any work yet.',
  )

/** A declared result is a file, or a folder with all below it. */
const declaredNames = (task: FileTask): string[] =>
  task.outputFiles
    .map((declared) => declared.replace(/^\.\//, '').replace(/\/+$/, ''))
    .filter((name) => name !== '')

const isAtOrBelow = (declared: string, path: string): boolean =>
  path === declared || path.startsWith(`${declared}/`)

const isOutput = (task: FileTask, path: string): boolean =>
  declaredNames(task).some((declared) => isAtOrBelow(declared, path))
