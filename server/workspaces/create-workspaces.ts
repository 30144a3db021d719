import { rm } from 'node:fs/promises'
import type { Git } from '#git/process.ts'
import { createVersionCheck } from '#git/version.ts'
import { createKeyedQueue, type KeyedQueue } from '#lib/keyed-queue.ts'
import type { Log } from '#lib/log.ts'
import { createSharedLock, type SharedLock } from '#lib/shared-lock.ts'
import { boundaryOf } from './boundary.ts'
import { listChanges } from './changes.ts'
import { createSourceCheck } from './check-source.ts'
import { contributionOf } from './contribution.ts'
import { planDelivery, pushDelivery } from './deliver.ts'
import { commitFile } from './edit.ts'
import { dropOrigin, forkFromCheckpoint, forkRepository } from './fork.ts'
import { findHandedIn, findMerge, listHandedIn, listMerges } from './handed-in.ts'
import { integrateCommit } from './integrate.ts'
import { createKept } from './kept.ts'
import { createLooks } from './looks.ts'
import { createMirrors, type Mirrors } from './mirrors.ts'
import { findOutside } from './outside.ts'
import { prepareRepository } from './prepare.ts'
import { privatePaths } from './private-paths.ts'
import { receiveBundle } from './receive.ts'
import {
  branchRef,
  checkCommit,
  createRepositories,
  listTree,
  type Repositories,
  type Repository,
  requireCommits,
} from './repository.ts'
import { checkResolution } from './resolution.ts'
import { createReviewing } from './review.ts'
import { createSnapshots } from './snapshots.ts'
import { parseRef, parseRemote } from './source.ts'
import { fetchSubmodules, packSubmodules, treeWithSubmodules } from './submodules.ts'
import { surveyTree } from './survey.ts'
import { diffText, makeBundle, openFile, packFiles, readFile } from './tree.ts'
import type { PackOptions, Workspaces } from './workspaces.ts'

const showRef = ['rev-parse', '--verify', '-q']
const defaultMaxBundleBytes = 512 * 1024 * 1024
const maxLookBytes = 64 * 1024 * 1024

type WorkspacesOptions = {
  git: Git
  dir: string
  mirrorsDir: string
  log: Log
  uploadsDirOf?: (taskId: string) => string
  maxBundleBytes?: number
}

/**
 * `dir` holds one bare repository per task, `mirrorsDir` the cache of remotes; both are absolute and only ours.
 * `uploadsDirOf` says which directory's files were placed in the agents' `input/`.
 */
export function createWorkspaces({
  git,
  dir,
  mirrorsDir,
  log,
  uploadsDirOf,
  maxBundleBytes = defaultMaxBundleBytes,
}: WorkspacesOptions): Workspaces {
  const queue = createKeyedQueue()
  const repositories = createRepositories({ git, dir })
  const mirrors = createMirrors({ git, dir: mirrorsDir, log })
  const open = repositories.get
  const lock = createSharedLock() // Freeing objects must not meet work whose objects no ref names yet.
  const openFor = openWithPrivate(open, uploadsDirOf)
  const changing: typeof queue.run = (taskId, work) =>
    queue.run(taskId, () => lock.shared(taskId, work))
  const checkVersion = createVersionCheck(git)
  const checkSource = createSourceCheck({ git, mirrorsDir })
  const looks = createLooks({ git, open, uploadsDirOf, maxBytes: maxLookBytes })

  return {
    ...{ ...createSnapshots(open, lock), ...createWayOut(open, lock) },
    ...{ ...createKept({ open, openFor }), ...createReviewing(open, changing, looks.open) },
    prepare: (input) =>
      queue.run(input.taskId, async () => {
        await checkVersion(dir)
        return prepareRepository({ git, mirrors, repositories }, input)
      }),
    ...forks({ git, repositories }, { queue, lock }),
    whileMirrorUnused: mirrors.whileUnused,
    checkSource: (input) => checkVersion(dir).then(() => checkSource(input)),
    ...createSurveys(open, mirrors),
    head: async (taskId, branch) => headOf(await open(taskId), branchRef(branch)),
    bundle: async (taskId, options) => makeBundle(await open(taskId), options),
    archive: (taskId, commit) => archiveLater(open(taskId), commit),
    pack: (taskId, options) => packLater(open(taskId), options),
    receive: ({ taskId, ...input }) =>
      lock.shared(taskId, async () => {
        const { repository, isPrivate } = await openFor(taskId)
        const commit = await receiveBundle(repository, { ...input, maxBytes: maxBundleBytes })
        const changes = await listChanges(repository, input.baseCommit, commit)
        return { commit, changes: changes.filter(({ path }) => !isPrivate(path)) }
      }),
    takeLook: looks.take,
    diffLook: (look, options = {}) => looks.diff(look, options),
    ...createMerging(changing, openFor),
    handedIn: async (taskId, branch) => listHandedIn(await open(taskId), branch),
    contributionOf: (taskId, agent) =>
      changing(taskId, async () => contributionOf(await open(taskId), agent)),
    handedInBy: async (taskId, agentId) => findHandedIn(await open(taskId), agentId),
    ...createOutside({ open, changing, mirrors }),
    ...createHistory(open),
    async changes(taskId, from, to) {
      const repository = await open(taskId)
      await requireCommits(repository, [from, to])
      return listChanges(repository, from, to)
    },
    async diff(taskId, from, to, options = {}) {
      const repository = await open(taskId)
      await requireCommits(repository, [from, to])
      return diffText(repository, { from, to, ...options })
    },
    objects: async (taskId, commit) => await listTree(await open(taskId), commit),
    list: async (taskId, commit) =>
      (await listTree(await open(taskId), commit)).map(({ oid: _, ...entry }) => entry),
    read: async (taskId, commit, path, maxBytes) =>
      readFile(await open(taskId), { commit, path, maxBytes }),
    open: async (taskId, commit, path) => openFile(await open(taskId), commit, path),
    write: ({ taskId, ...input }) =>
      changing(taskId, async () => commitFile(await open(taskId), input)),
    remove: (taskId) =>
      queue.run(taskId, () => rm(repositories.pathOf(taskId), { recursive: true, force: true })),
  }
}

const createHistory = (
  open: Repositories['get'],
): Pick<Workspaces, 'mergesOf' | 'mergeOf' | 'historyEnds' | 'log'> => ({
  mergesOf: async (taskId, agentId) => listMerges(await open(taskId), agentId),
  mergeOf: async (taskId, work) => findMerge(await open(taskId), work),
  historyEnds: async (taskId, commit) => boundaryOf(await open(taskId), commit),
  log: async (taskId, commit, limit) => (await open(taskId)).log(checkCommit(commit), limit),
})

type Changing = <T>(taskId: string, work: () => Promise<T>) => Promise<T>

function createMerging(
  changing: Changing,
  openFor: ReturnType<typeof openWithPrivate>,
): Pick<Workspaces, 'integrate' | 'resolve'> {
  return {
    integrate: ({ taskId, ...input }) =>
      changing(taskId, async () => {
        const { repository, isPrivate } = await openFor(taskId)
        return await integrateCommit(repository, { ...input, isPrivate })
      }),
    resolve: ({ taskId, ...input }) =>
      changing(taskId, async () => {
        const { repository } = await openFor(taskId)
        return await checkResolution(repository, input)
      }),
  }
}

/** What belongs to a commit and is not in it. */
function createOutside({
  open,
  changing,
  mirrors,
}: {
  open: Repositories['get']
  changing: Changing
  mirrors: Mirrors
}): Pick<Workspaces, 'fetchSubmodules' | 'submoduleFiles' | 'submoduleTree' | 'outside'> {
  return {
    fetchSubmodules: ({ taskId, ...input }) =>
      changing(taskId, async () => fetchSubmodules(await open(taskId), { mirrors, ...input })),
    submoduleFiles: async (taskId, commit) => packSubmodules(await open(taskId), commit),
    submoduleTree: async (taskId, commit) =>
      treeWithSubmodules(await open(taskId), commit, { only: true }),
    outside: async (taskId, commit) => findOutside(await open(taskId), commit),
  }
}

async function* archiveLater(
  repository: Promise<Repository>,
  commit: string,
): AsyncIterable<Uint8Array> {
  const opened = await repository
  const tree = await treeWithSubmodules(opened, commit)
  yield* opened.stream(['archive', '--format=tar', tree ?? checkCommit(commit)])
}

function createSurveys(
  open: Repositories['get'],
  mirrors: Mirrors,
): Pick<Workspaces, 'survey' | 'surveyRemote'> {
  return {
    survey: async (taskId, commit, options) => surveyTree(await open(taskId), commit, options),
    async surveyRemote({ source, token, signal }, work) {
      const request = {
        remote: parseRemote(source.url, { login: token }),
        ...(source.ref !== undefined && { ref: parseRef(source.ref) }),
        depth: source.depth,
        ...(token !== undefined && { token }),
        ...(signal && { signal }),
      }
      return await mirrors.read(request, async (mirror, found) =>
        work(await surveyTree(mirror, found.commit, { signal }), found),
      )
    },
  }
}

/** Repositories from repositories, and branches that go back. */
function forks(
  parts: { git: Git; repositories: Repositories },
  { queue, lock }: { queue: KeyedQueue; lock: SharedLock },
): Pick<Workspaces, 'fork' | 'forkCheckpoint' | 'dropOrigin' | 'moveBranch'> {
  return {
    fork: (input) => queue.run(input.to.taskId, () => forkRepository(parts, input)),
    forkCheckpoint: (input) =>
      queue.run(input.to.taskId, () =>
        lock.shared(input.from.taskId, () => forkFromCheckpoint(parts, input)),
      ),
    dropOrigin: async (taskId) => dropOrigin(await parts.repositories.get(taskId)),
    moveBranch: ({ taskId, ...move }) =>
      queue.run(taskId, async () => moveBranch(await parts.repositories.get(taskId), move)),
  }
}

/** Throws `git.failed` when there is no such ref. */
const headOf = async (repository: Repository, ref: string): Promise<string> =>
  (await repository.refs(ref)).get(ref) ?? (await repository.line([...showRef, ref]))

/** Again after it was done is fine. */
async function moveBranch(
  repository: Repository,
  { branch, from, to }: { branch: string; from: string; to: string },
): Promise<boolean> {
  const ref = branchRef(branch)
  await requireCommits(repository, [to])
  if ((await repository.refs(ref)).get(ref) === to) return true
  return await repository.updateRefs([{ ref, to, from }])
}

/** Long calls over the network: they keep nobody waiting who changes the repository meanwhile. */
function createWayOut(
  open: (taskId: string) => Promise<Repository>,
  lock: ReturnType<typeof createSharedLock>,
): Pick<Workspaces, 'planDelivery' | 'pushDelivery'> {
  return {
    planDelivery: ({ taskId, ...input }) =>
      lock.shared(taskId, async () => planDelivery(await open(taskId), input)),
    pushDelivery: ({ taskId, ...input }) =>
      lock.shared(taskId, async () => pushDelivery(await open(taskId), input)),
  }
}

async function* packLater(
  repository: Promise<Repository>,
  options: PackOptions,
): AsyncIterable<Uint8Array> {
  yield* packFiles(await repository, options)
}

const openWithPrivate =
  (open: (taskId: string) => Promise<Repository>, uploadsDirOf?: (taskId: string) => string) =>
  async (taskId: string) => {
    const repository = await open(taskId)
    return { repository, isPrivate: await privatePaths(repository, uploadsDirOf?.(taskId)) }
  }
