/**
 * One bare repository per remote address, so that the second task on a project fetches only what is new. It is a cache:
 * every use asks the remote first, with that task's own token, and a damaged one is made again.
 *
 * Of a history that is wanted in part there is one more per depth: git shortens and deepens all of a repository together, and
 * what is whole must stay so.
 */
import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { redact } from '#git/credentials.ts'
import { type GitLogin, secretOf, withLogin } from '#git/login.ts'
import { type Git, GitError, type GitOptions } from '#git/process.ts'
import type { GitProgress } from '#git/progress.ts'
import { newId } from '#lib/ids.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { Log } from '#lib/log.ts'
import { boundaryOf } from './boundary.ts'
import { chooseRef, fetchChoice, readRemoteRefs, WholeOnly } from './remote-refs.ts'
import { initRepository, openRepository, type Repository, removeLeftovers } from './repository.ts'
import { explainRemoteFailure, isKnownFailure, type Remote } from './source.ts'

type MirrorRequest = {
  remote: Remote
  ref?: string
  /** How many of the newest commits; the whole history when absent. */
  depth?: number | undefined
  token?: GitLogin
  /** A program chose the address: what this machine would log in with by itself stays out of it as well. */
  isStranger?: boolean
  signal?: AbortSignal
  onProgress?: OnFetch
}

/** How a fetch gets on. `waiting`: somebody else fetches the same repository; `connecting`: the other side has not answered yet. */
export type FetchProgress = GitProgress | { stage: 'waiting' | 'connecting' }
export type OnFetch = (progress: FetchProgress) => void

export type Copied = {
  commit: string
  branch: string
  /** Commits whose parents were not fetched. */
  boundary: string[]
  /** A part was asked for and all of it came: why. */
  whole?: string
}

export type Mirrors = {
  /**
   * Brings the mirror up to date and its objects into `repository`. Undefined for a remote without commits.
   * Throws `source.invalid` or `source.unreachable`.
   */
  copyInto(repository: Repository, request: MirrorRequest): Promise<Copied | undefined>
  /** Brings the mirror up to date and reads from it. Undefined for a remote without commits; throws like `copyInto`. */
  read<T>(
    request: MirrorRequest,
    work: (mirror: Repository, found: { commit: string; branch: string }) => Promise<T>,
  ): Promise<T | undefined>
  /** Runs `work` when nobody uses the mirror at `path`, and keeps everybody waiting meanwhile. */
  whileUnused<T>(path: string, work: () => Promise<T>): Promise<T>
}

const networkTimeoutMs = 30 * 60_000
const maxPacks = 20

export function createMirrors({ git, dir, log }: { git: Git; dir: string; log: Log }): Mirrors {
  const queue = createKeyedQueue()

  const refresh = async (path: string, request: MirrorRequest) => {
    const mirror = await openMirror(git, path)
    try {
      return await update(mirror, request)
    } catch (error) {
      // Git that was ended leaves what it had received.
      await removeLeftovers(path)
      // What git says of the mirror itself is no answer of the remote.
      const isOurs = error instanceof GitError && error.stderr.includes(path)
      if (!(error instanceof GitError) || (isKnownFailure(error) && !isOurs)) throw error
      log.warn('mirror made again', { reason: redact(error.message, secretOf(request.token)) })
      await rm(path, { recursive: true, force: true })
      return update(await openMirror(git, path), request)
    }
  }

  const refreshed = async (path: string, request: MirrorRequest) => {
    try {
      return await refresh(path, request)
    } catch (error) {
      if (!(error instanceof GitError)) throw error
      log.warn('source not readable', { stderr: redact(error.stderr, secretOf(request.token)) })
      throw explainRemoteFailure(error, request.remote, request.token !== undefined)
    }
  }

  /** Whoever does not want it any more does not wait for others to end either. */
  const inTurn = <T>(request: MirrorRequest, work: (path: string) => Promise<T>): Promise<T> => {
    const path = join(dir, mirrorPath(request.remote.url, request.depth))
    if (queue.isBusy(path)) request.onProgress?.({ stage: 'waiting' })
    return queue.run(path, () => work(path), request.signal)
  }

  const copy = (repository: Repository, request: MirrorRequest): Promise<Copied | undefined> =>
    inTurn(request, async (path) => {
      const found = await refreshed(path, request)
      if (!found) return undefined
      const mirror = openRepository(git, path)
      await tidy(mirror)
      const boundary = await boundaryOf(mirror, found.commit)
      await linkPacks(path, repository.dir)
      return { ...found, boundary }
    })

  return {
    whileUnused: (path, work) => queue.run(path, work),
    copyInto: (repository, request) =>
      orWhole(request, async (asked, whole) => {
        const copied = await copy(repository, asked)
        return copied && { ...copied, ...(whole !== undefined && { whole }) }
      }),
    read: (request, work) =>
      orWhole(request, (asked) =>
        inTurn(asked, async (path) => {
          const found = await refreshed(path, asked)
          return found && (await work(openRepository(git, path), found))
        }),
      ),
  }
}

const update = (mirror: Repository, request: MirrorRequest) =>
  withLogin({ url: request.remote.url, login: request.token }, (login) =>
    updateWith(mirror, request, login),
  )

async function updateWith(
  mirror: Repository,
  { remote, ref, depth, isStranger, signal, onProgress }: MirrorRequest,
  login: Pick<GitOptions, 'config' | 'env'>,
): Promise<{ commit: string; branch: string } | undefined> {
  const options = {
    ...login,
    ...(isStranger && { env: { HOME: mirror.dir, USERPROFILE: mirror.dir } }),
    config: [...(login.config ?? []), ['fetch.unpackLimit', '1'] as const],
    protocols: [remote.protocol],
    timeoutMs: networkTimeoutMs,
    ...(signal ? { signal } : {}),
  }
  onProgress?.({ stage: 'connecting' })
  const remoteRefs = await readRemoteRefs(mirror, remote.url, options)
  const choice = chooseRef(remoteRefs, { ref, where: remote.url })
  if (choice.kind === 'empty') return undefined
  const target = `refs/mirror/${choice.name}`
  const known = await mirror.refs('refs/mirror/')
  const isThere = known.get(target) === remoteRefs.refs.get(choice.name)
  // Fetching a part of one branch may have shortened another.
  if (choice.kind === 'ref' && isThere && (depth === undefined || known.size === 1)) {
    const commit = await mirror.line(['rev-parse', '--verify', '-q', `${target}^{commit}`])
    return { commit, branch: choice.branch }
  }
  const telling = onProgress && { onProgress }
  const fetching = { ...options, from: remote.url, target, depth, ...telling }
  return { commit: await fetchChoice(mirror, choice, fetching), branch: choice.branch }
}

/** Does `work` again with the whole history when the remote has no part of it to give. */
async function orWhole<T>(
  request: MirrorRequest,
  work: (request: MirrorRequest, whole?: string) => Promise<T>,
): Promise<T> {
  try {
    return await work(request)
  } catch (error) {
    if (!(error instanceof WholeOnly)) throw error
    return await work({ ...request, depth: undefined }, error.message)
  }
}

/** Where the mirror of an address is, inside the directory of all of them. */
export function mirrorPath(url: string, depth?: number): string {
  const name = new Bun.CryptoHasher('sha256').update(url).digest('hex')
  return `${name.slice(0, 32)}${depth === undefined ? '' : `-${depth}`}.git`
}

/** To be called by its one user of the moment: what a killed fetch left in it goes. */
async function openMirror(git: Git, path: string): Promise<Repository> {
  if (existsSync(path)) {
    await removeLeftovers(path)
    return openRepository(git, path)
  }
  const partial = `${path}.partial-${newId().slice(0, 8)}`
  await mkdir(partial, { recursive: true, mode: 0o700 })
  await initRepository(openRepository(git, partial))
  await rename(partial, path)
  return openRepository(git, path)
}

/** Every fetch adds a pack; too many of them slow every reader down. A remote of plain files may give out single objects instead. */
async function tidy(mirror: Repository): Promise<void> {
  const folders = await readdir(join(mirror.dir, 'objects'))
  if (folders.some((name) => /^[0-9a-f]{2}$/.test(name)))
    await mirror.git(['repack', '-d', '-q'], { timeoutMs: networkTimeoutMs })
  const names = await readdir(join(mirror.dir, 'objects', 'pack'))
  if (names.filter((name) => name.endsWith('.pack')).length <= maxPacks) return
  await mirror.git(['repack', '-a', '-d', '-q'], { timeoutMs: networkTimeoutMs })
}

/** Packs never change: a second name for the same file costs neither time nor room, and outlives the mirror. */
async function linkPacks(from: string, to: string): Promise<void> {
  const source = join(from, 'objects', 'pack')
  const target = join(to, 'objects', 'pack')
  await mkdir(target, { recursive: true })
  const names = (await readdir(source)).filter((name) => name.startsWith('pack-'))
  // An index makes its pack visible, so it comes last.
  names.sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
  for (const name of names) {
    const copy = () => copyFile(join(source, name), join(target, name))
    await link(join(source, name), join(target, name)).catch(copy)
  }
}
