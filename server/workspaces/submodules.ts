/**
 * Contents of submodules. They are fetched once, at the commits the task's repository names, and kept in its bare repository as one commit that
 * nothing else refers to: its tree has their files at their paths, its message says what came of each. The task's own history only ever has the pointers.
 */
import { realpath, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { AppError, isNoRoom } from '#contract/errors.ts'
import type { TaskSource } from '#contract/task.ts'
import { redact } from '#git/credentials.ts'
import type { GitLogin } from '#git/login.ts'
import { GitError } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { fetchLocal } from './local-source.ts'
import type { Mirrors, OnFetch } from './mirrors.ts'
import { type Named, namedSubmodules } from './outside.ts'
import { checkCommit, listTree, type Repository } from './repository.ts'
import { invalid, parseRemote } from './source.ts'
import { isSameHost, type Place, placeOf } from './submodule-place.ts'
import { type Found, readSubmodules, submodulesRef } from './submodule-record.ts'

export type SubmodulesInput = {
  /** Whose submodules these are. */
  commit: string
  source: TaskSource
  token?: GitLogin
  signal?: AbortSignal
  onProgress?: OnFetch
  /** How deep inside of others, how many, and how large together. */
  limits?: typeof submoduleLimits
}

export const submoduleLimits = { depth: 5, count: 50, bytes: 256 * 1024 * 1024 }
const maxMs = 30 * 60_000

/** What cannot be had is left out with its reason. Asked again it does nothing. Throws when it is called off, or the disk is full. */
export async function fetchSubmodules(
  repository: Repository,
  { mirrors, limits = submoduleLimits, ...input }: SubmodulesInput & { mirrors: Mirrors },
): Promise<void> {
  const root = rootOf(input.source)
  if (!root || (await repository.refs(submodulesRef)).has(submodulesRef)) return
  const late = AbortSignal.timeout(maxMs)
  const signal = input.signal ? AbortSignal.any([input.signal, late]) : late
  const state = { found: [] as Found[], left: limits.bytes }
  await usingIndex(repository, async (index) => {
    const parts = { repository, mirrors, root, index, late, state, limits }
    const walking = { ...parts, ...input, signal }
    await walk(walking, { commit: input.commit, prefix: '', parent: root, depth: 0 })
    if (state.found.length === 0) return
    const tree = await repository.line(['write-tree'], index)
    const message = new TextEncoder().encode(JSON.stringify(state.found))
    const to = await repository.line(['commit-tree', tree, '-F', '-'], { input: message })
    await repository.updateRefs([{ ref: submodulesRef, to, from: null }])
  })
}

/**
 * The tree of `commit` with contents where it has pointers, or with `only` nothing but those contents. A pointer that is not the
 * one that was fetched stays what it is. Undefined when that makes no difference.
 */
export async function treeWithSubmodules(
  repository: Repository,
  commit: string,
  { only = false }: { only?: boolean } = {},
): Promise<string | undefined> {
  const here = await submodulesAt(repository, commit)
  if (here.length === 0) return undefined
  return await usingIndex(repository, async (index) => {
    if (!only) await repository.git(['read-tree', checkCommit(commit)], index)
    for (const { path } of here)
      await place(repository, { path, tree: `${submodulesRef}:${path}`, index })
    return await repository.line(['write-tree'], index)
  })
}

/** Their files as gzipped tar, at their paths. Undefined where there are none. */
export async function packSubmodules(
  repository: Repository,
  commit: string,
): Promise<Uint8Array | undefined> {
  const tree = await treeWithSubmodules(repository, commit, { only: true })
  if (tree === undefined) return undefined
  const archive = ['archive', '--format=tar.gz', tree]
  const config = [['tar.tar.gz.command', 'git archive gzip']] as const
  const maxBytes = 2 * submoduleLimits.bytes
  return (await repository.git(archive, { config, maxBytes, timeoutMs: maxMs })).stdout
}

/** Whose contents are here, without those inside of others. */
async function submodulesAt(repository: Repository, commit: string): Promise<Found[]> {
  const fetched = (await readSubmodules(repository)).filter(
    ({ depth, reason }) => depth === 0 && reason === undefined,
  )
  if (fetched.length === 0) return []
  const entries = await listTree(repository, commit, ...fetched.map(({ path }) => path))
  const pinned = new Map(
    entries.flatMap((entry) => (entry.type === 'submodule' ? [[entry.path, entry.oid]] : [])),
  )
  return fetched.filter((one) => pinned.get(one.path) === one.commit)
}

type Index = { env: { GIT_INDEX_FILE: string } }
type Walking = Omit<SubmodulesInput, 'signal' | 'limits'> & {
  limits: typeof submoduleLimits
  repository: Repository
  mirrors: Mirrors
  root: Place
  index: Index
  late: AbortSignal
  signal: AbortSignal
  state: { found: Found[]; left: number }
}
type At = { commit: string; prefix: string; parent: Place; depth: number }

function rootOf(source: TaskSource): Place | undefined {
  if (source.kind === 'git') return { kind: 'git', remote: parseRemote(source.url, {}) }
  return source.kind === 'local' ? { kind: 'local', path: source.path } : undefined
}

async function walk(walking: Walking, at: At): Promise<void> {
  for (const named of await namedSubmodules(walking.repository, at.commit)) {
    const { found } = walking.state
    const { depth, count } = walking.limits
    const url = redact(named.url)
    const one = { path: `${at.prefix}${named.path}`, url, commit: named.oid, depth: at.depth }
    try {
      if (at.depth >= depth) throw invalid('It is too deep inside of others.')
      if (found.length >= count) throw invalid('There are too many of them.')
      const parent = await take(walking, { at, named, path: one.path })
      found.push(one)
      await walk(walking, {
        ...{ commit: named.oid, prefix: `${one.path}/` },
        parent,
        depth: at.depth + 1,
      })
    } catch (error) {
      found.push({ ...one, reason: reasonOf(walking, error) })
    }
    if (found.length > count) return
  }
}

/** Only what says something of the submodule: the task's own ends and a full disk are not that. */
function reasonOf({ late, signal }: Walking, error: unknown): string {
  if (late.aborted) return 'Fetching took too long.'
  if (signal.aborted || isNoRoom(error) || !(error instanceof AppError)) throw error
  return redact(error.message)
}

async function take(
  walking: Walking,
  { at, named, path }: { at: At; named: Named; path: string },
): Promise<Place> {
  const { repository, state, index, limits } = walking
  const from = placeOf(named.url, at.parent)
  const commit = await fetchOne(walking, from, named.oid)
  if (commit !== named.oid) throw invalid(`It has no commit ${named.oid}.`)
  const files = await listTree(repository, commit)
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (bytes > state.left)
    throw invalid(`Together they are larger than ${limits.bytes / 1024 / 1024} MB.`)
  await place(repository, { path, tree: `${commit}^{tree}`, index })
  state.left -= bytes
  return from
}

async function fetchOne(
  { repository, mirrors, root, token, signal, onProgress, source }: Walking,
  from: Place,
  ref: string,
): Promise<string | undefined> {
  const options = { signal, ...(onProgress && { onProgress }) }
  if (from.kind === 'local') {
    await requireBeside(root, from.path)
    return (await fetchLocal(repository, { path: from.path, ref }, options))?.commit
  }
  const isKnown = isSameHost(root, from)
  if (!isKnown && from.remote.protocol === 'ssh')
    throw invalid(`${from.remote.host} asks for a login, and the task's own is not for it.`)
  const login = isKnown ? token !== undefined && { token } : { isStranger: true }
  const found = await mirrors.copyInto(repository, {
    remote: from.remote,
    ref,
    // Of a submodule nothing but the files of one commit is wanted.
    ...('depth' in source && source.depth !== undefined && { depth: 1 }),
    ...login,
    ...options,
  })
  return found?.commit
}

/** Of this machine only what lies beside the repository that a person named. */
async function requireBeside(root: Place, path: string): Promise<void> {
  const real = (place: string) => realpath(place).catch(() => undefined)
  const [folder, found] =
    root.kind === 'local' ? await Promise.all([real(dirname(root.path)), real(path)]) : []
  if (!folder || !found?.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`))
    throw invalid('Its address leads to no folder beside the repository of the task.')
}

/** Names that no checkout may have are refused by git here. */
async function place(
  repository: Repository,
  { path, tree, index }: { path: string; tree: string; index: Index },
): Promise<void> {
  const gone = new TextEncoder().encode(`0 ${'0'.repeat(40)}\t${path}\0`)
  await repository.git(['update-index', '-z', '--index-info'], { ...index, input: gone })
  try {
    await repository.git(['read-tree', '-i', `--prefix=${path}/`, tree], index)
  } catch (error) {
    throw error instanceof GitError ? invalid('Its files cannot be laid out.') : error
  }
}

async function usingIndex<T>({ dir }: Repository, work: (index: Index) => Promise<T>): Promise<T> {
  const file = join(dir, `index-${newId()}`)
  try {
    return await work({ env: { GIT_INDEX_FILE: file } })
  } finally {
    await rm(file, { force: true })
    await rm(`${file}.lock`, { force: true })
  }
}
