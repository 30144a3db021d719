/** Looking into a checkpoint: files, changes, conversations and plan as they were. Nothing here changes anything. */
import { posix } from 'node:path'
import type {
  CheckpointContents,
  KeptAgainst,
  KeptChanges,
  KeptPart,
} from '#contract/checkpoint-contents.ts'
import { AppError } from '#contract/errors.ts'
import type { FileEntry } from '#contract/file.ts'
import { findAgent } from '#db/agents.ts'
import { findCheckpoint } from '#db/checkpoints.ts'
import type { Db } from '#db/open.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import type { OpenedFile } from '#files/files.ts'
import { checkTreePath, controlFolder, isControlPath } from '#files/safe-path.ts'
import type { SavedFiles } from '#workspaces/snapshots.ts'
import type { DiffOptions, Workspaces } from '#workspaces/workspaces.ts'
import type { Checkpoints } from './checkpoints.ts'
import { readContents } from './contents.ts'
import { getReady, missing, type ReadyCheckpoint } from './find.ts'
import { parseKeptManifest } from './kept-manifest.ts'
import { findSession, readSession, toSessions } from './sessions.ts'

/**
 * Every call throws `checkpoint.not-found`, `checkpoint.not-ready`, and `checkpoint.removed` also for one that goes while it is
 * looked at.
 */
export type CheckpointViews = {
  contents(place: Place): Promise<CheckpointContents>
  /** In the order of the tree; `query` is a part of the path, in any case. Links are told as links. */
  files(
    place: OfPart,
    page: { query: string; after?: string | undefined; limit: number },
  ): Promise<{ files: FileEntry[]; next: string | undefined }>
  /** Of a link: the path it holds. Throws `file.not-found`, `file.forbidden`. */
  open(place: OfPart, path: string): Promise<OpenedFile>
  pack(place: OfPart): Promise<{ name: string; chunks: AsyncIterable<Uint8Array> }>
  /** From the earlier moment to the later one. */
  changes(place: OfPart, against: KeptAgainst): Promise<KeptChanges>
  diff(place: OfPart, against: KeptAgainst, options: DiffOptions): Promise<string>
  /** Whole lines of a conversation that hold the bytes `from` to `to`, 2 MiB at most. */
  conversation(
    place: Place & { agentId: string },
    asked: { session?: string | undefined; from: number; to?: number | undefined },
  ): Promise<{ from: number; size: number; bytes: Uint8Array }>
}

type Place = { taskId: string; id: string }
type OfPart = Place & { part: KeptPart }

export type ViewDeps = {
  db: Db
  checkpoints: Pick<Checkpoints, 'get'>
  workspaces: Pick<
    Workspaces,
    | 'head'
    | 'savedBy'
    | 'savedBlobs'
    | 'savedDiff'
    | 'readSaved'
    | 'keptManifest'
    | 'keptFacts'
    | 'keptFiles'
    | 'openKept'
    | 'packKept'
    | 'keptChanges'
  >
}

const mostChanges = 5000

export function createCheckpointViews(deps: ViewDeps): CheckpointViews {
  const { db, workspaces } = deps
  return {
    ...fileViews(deps),
    contents: (place) => lookAt(deps, place, ({ row }) => readContents(deps, row)),
    changes: ({ part, ...place }, against) =>
      lookAt(deps, place, async (found) => {
        const { from, to } = await rangeOf(deps, found, { part, against })
        const files = await workspaces.keptChanges(place.taskId, from.files, to.files)
        return {
          from: { what: from.what, commit: commitOf(from.files) },
          to: { what: to.what, commit: commitOf(to.files) },
          files: files.slice(0, mostChanges),
          total: files.length,
        }
      }),
    diff: ({ part, ...place }, against, options) =>
      lookAt(deps, place, async (found) => {
        const { from, to } = await rangeOf(deps, found, { part, against })
        return await workspaces.savedDiff(place.taskId, from.files, to.files, options)
      }),
    conversation: ({ agentId, ...place }, { session, ...asked }) =>
      lookAt(deps, place, async ({ row }) => {
        const { commit } = getSave(row, agentId)
        const blobs = await workspaces.savedBlobs(place.taskId, commit, 'transcripts')
        const sessions = toSessions(blobs, findAgent(db, agentId)?.sessionId ?? '')
        return await readSession(findSession(sessions, session), asked, (oid, maxBytes) =>
          workspaces.readSaved(place.taskId, oid, maxBytes),
        )
      }),
  }
}

function fileViews(deps: ViewDeps): Pick<CheckpointViews, 'files' | 'open' | 'pack'> {
  const { workspaces } = deps
  return {
    files: ({ part, ...place }, { query, after, limit }) =>
      lookAt(deps, place, async (found) => {
        const wanted = query.toLowerCase()
        const isShown = shownIn(part)
        const files = await filesOf(deps, found, part)
        const { entries, more } = await workspaces.keptFiles(place.taskId, files, {
          ...{ after, limit },
          accept: (path) => isShown(path) && path.toLowerCase().includes(wanted),
        })
        const listed = entries.map(({ path, sizeBytes, type }) => ({
          ...{ name: path, size: sizeBytes, type },
        }))
        return { files: listed, next: more ? listed.at(-1)?.name : undefined }
      }),
    open: ({ part, ...place }, path) =>
      lookAt(deps, place, async (found) => {
        checkTreePath(path)
        const files = await filesOf(deps, found, part)
        const { oid, ...file } = await workspaces.openKept(place.taskId, files, path)
        return { name: posix.basename(path), version: oid, ...file }
      }),
    pack: ({ part, ...place }) =>
      lookAt(deps, place, async (found) => {
        const files = await filesOf(deps, found, part)
        const some = { limit: 1, accept: shownIn(part) }
        const { entries } = await workspaces.keptFiles(place.taskId, files, some)
        if (entries.length === 0)
          throw new AppError('file.not-found', 'There are no files in this part of the checkpoint.')
        const prefix = `checkpoint-${place.id.slice(0, 8)}-${part.replace(/:(.{1,8}).*/, '-$1')}`
        const without = part === 'branch' ? {} : { without: controlFolder }
        const chunks = workspaces.packKept(place.taskId, files, { prefix, ...without })
        return { name: `${prefix}.tar.gz`, chunks }
      }),
  }
}

/** What an agent and Klaudio talk through lies in its tree, but is nobody's work. */
const shownIn =
  (part: KeptPart) =>
  (path: string): boolean =>
    part === 'branch' || !isControlPath(path)

type Found = { row: ReadyCheckpoint; task: TaskRow }

async function lookAt<T>(
  { db }: Pick<ViewDeps, 'db'>,
  { taskId, id }: Place,
  work: (found: Found) => Promise<T>,
): Promise<T> {
  const row = getReady(db, taskId, id)
  const task = findTask(db, taskId)
  if (!task) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  try {
    return await work({ row, task })
  } catch (error) {
    // What was looked at went meanwhile: that is the reason, whatever could not be found.
    if (findTask(db, taskId) && !findCheckpoint(db, taskId, id)) throw missing(db, taskId, id)
    throw error
  }
}

function getSave({ summary }: ReadyCheckpoint, agentId: string): { commit: string } {
  const saved = summary.agent_states.find((agent) => agent.agent_id === agentId)
  if (saved) return saved
  throw new AppError(
    'agent.not-found',
    `This checkpoint holds no save of agent ${agentId}: it had no files of its own then.`,
  )
}

const agentOf = (part: KeptPart): string | undefined => /^(?:save|work):(.+)$/.exec(part)?.[1]

async function filesOf(
  { workspaces }: Pick<ViewDeps, 'workspaces'>,
  { row }: Pick<Found, 'row'>,
  part: KeptPart,
): Promise<SavedFiles> {
  const agentId = agentOf(part)
  if (agentId === undefined) {
    const branch = row.summary.repo_state
    if (branch) return { commit: branch.commit }
    throw new AppError('file.not-found', 'The task branch had no files yet.')
  }
  if (part.startsWith('save:')) return { save: getSave(row, agentId).commit }
  const { subtasks } = parseKeptManifest(await workspaces.keptManifest(row.taskId, row.id))
  const work = subtasks.find((subtask) => subtask.agentId === agentId)?.workCommit
  if (work) return { commit: work }
  throw new AppError('file.not-found', `Agent ${agentId} had handed in nothing by then.`)
}

type End<What> = { what: What; files: SavedFiles }

async function rangeOf(
  deps: ViewDeps,
  found: Found,
  { part, against }: { part: KeptPart; against: KeptAgainst },
): Promise<{ from: End<KeptChanges['from']['what']>; to: End<KeptChanges['to']['what']> }> {
  const here = { what: 'checkpoint' as const, files: await filesOf(deps, found, part) }
  if (against === 'start')
    return { from: { what: 'start', files: startOf(deps, found, part) }, to: here }
  const otherId = /^checkpoint:(.+)$/.exec(against)?.[1]
  if (otherId === undefined)
    return { from: here, to: { what: 'now', files: await nowOf(deps, found, { part, against }) } }
  const row = getReady(deps.db, found.row.taskId, otherId)
  const other = { what: 'other' as const, files: await filesOf(deps, { row }, part) }
  return row.createdAt < found.row.createdAt ? { from: other, to: here } : { from: here, to: other }
}

function startOf({ db }: Pick<ViewDeps, 'db'>, { task }: Found, part: KeptPart): SavedFiles {
  const agentId = agentOf(part)
  const commit = (agentId && findAgent(db, agentId)?.baseCommit) || task.baseCommit
  if (commit) return { commit }
  throw new AppError('file.not-found', 'It is not known what this began from.')
}

async function nowOf(
  { workspaces }: Pick<ViewDeps, 'workspaces'>,
  { task }: Found,
  { part, against }: { part: KeptPart; against: KeptAgainst },
): Promise<SavedFiles> {
  if (against === 'branch') return { commit: await workspaces.head(task.id, task.branch) }
  const agentId = agentOf(part)
  if (agentId === undefined)
    throw new AppError(
      'request.invalid',
      'The task branch is not saved by an agent. Compare it with branch.',
    )
  const save = await workspaces.savedBy(task.id, agentId)
  if (save) return { save }
  throw new AppError(
    'file.not-found',
    'This agent has no files of its own any more. Compare with the task branch.',
  )
}

const commitOf = (files: SavedFiles): string => ('save' in files ? files.save : files.commit)
