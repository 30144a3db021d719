import { rm } from 'node:fs/promises'
import type { Git } from '#git/process.ts'
import { createVersionCheck } from '#git/version.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { Log } from '#lib/log.ts'
import { listChanges } from './changes.ts'
import { createSourceCheck } from './check-source.ts'
import { commitFile } from './edit.ts'
import { forkRepository } from './fork.ts'
import { commonCommit, findHandedIn, findMerge, listHandedIn } from './handed-in.ts'
import { integrateCommit } from './integrate.ts'
import { createLooks } from './looks.ts'
import { createMirrors } from './mirrors.ts'
import { prepareRepository } from './prepare.ts'
import { privatePaths } from './private-paths.ts'
import { receiveBundle } from './receive.ts'
import {
  branchRef,
  checkCommit,
  createRepositories,
  listTree,
  requireCommits,
} from './repository.ts'
import { diffText, makeBundle, openFile, packFiles, readFile } from './tree.ts'
import type { Workspaces } from './workspaces.ts'

const defaultMaxBundleBytes = 512 * 1024 * 1024
const maxLookBytes = 64 * 1024 * 1024

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
}: {
  git: Git
  dir: string
  mirrorsDir: string
  log: Log
  uploadsDirOf?: (taskId: string) => string
  maxBundleBytes?: number
}): Workspaces {
  const queue = createKeyedQueue()
  const repositories = createRepositories({ git, dir })
  const mirrors = createMirrors({ git, dir: mirrorsDir, log })
  const open = repositories.get
  const checkVersion = createVersionCheck(git)
  const checkSource = createSourceCheck({ git, mirrorsDir })
  const looks = createLooks({ git, open, uploadsDirOf, maxBytes: maxLookBytes })

  return {
    prepare: (input) =>
      queue.run(input.taskId, async () => {
        await checkVersion(dir)
        return prepareRepository({ git, mirrors, repositories }, input)
      }),
    fork: (input) => queue.run(input.to.taskId, () => forkRepository({ git, repositories }, input)),
    async checkSource(input) {
      await checkVersion(dir)
      return checkSource(input)
    },
    head: async (taskId, branch) =>
      (await open(taskId)).line(['rev-parse', '--verify', '-q', branchRef(branch)]),
    bundle: async (taskId, options) => makeBundle(await open(taskId), options),
    async *archive(taskId, commit) {
      const repository = await open(taskId)
      yield* repository.stream(['archive', '--format=tar', checkCommit(commit)])
    },
    async *pack(taskId, options) {
      yield* packFiles(await open(taskId), options)
    },
    async receive({ taskId, ...input }) {
      const repository = await open(taskId)
      const commit = await receiveBundle(repository, { ...input, maxBytes: maxBundleBytes })
      const isPrivate = await privatePaths(repository, uploadsDirOf?.(taskId))
      const changes = await listChanges(repository, input.baseCommit, commit)
      return { commit, changes: changes.filter(({ path }) => !isPrivate(path)) }
    },
    takeLook: looks.take,
    diffLook: (look, options = {}) => looks.diff(look, options),
    integrate: ({ taskId, ...input }) =>
      queue.run(taskId, async () => {
        const repository = await open(taskId)
        const isPrivate = await privatePaths(repository, uploadsDirOf?.(taskId))
        return integrateCommit(repository, { ...input, isPrivate })
      }),
    handedIn: async (taskId, branch) => listHandedIn(await open(taskId), branch),
    handedInBy: async (taskId, agentId) => findHandedIn(await open(taskId), agentId),
    mergeOf: async (taskId, work) => findMerge(await open(taskId), work),
    commonCommit: async (taskId, left, right) => commonCommit(await open(taskId), left, right),
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
    async list(taskId, commit) {
      const entries = await listTree(await open(taskId), commit)
      return entries.map(({ oid: _, ...entry }) => entry)
    },
    read: async (taskId, commit, path, maxBytes) =>
      readFile(await open(taskId), { commit, path, maxBytes }),
    open: async (taskId, commit, path) => openFile(await open(taskId), commit, path),
    write: ({ taskId, ...input }) =>
      queue.run(taskId, async () => commitFile(await open(taskId), input)),
    log: async (taskId, commit, limit) => (await open(taskId)).log(checkCommit(commit), limit),
    remove: (taskId) =>
      queue.run(taskId, () => rm(repositories.pathOf(taskId), { recursive: true, force: true })),
  }
}
