/**
 * Looks at a repository as a clone would, without making one: what its branches are, and how old and how large it is where
 * that costs little. The same rules of addresses, tokens and transports apply as for the clone.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AppError } from '#contract/errors.ts'
import type { SourceCheck } from '#contract/source.ts'
import type { TaskSource } from '#contract/task.ts'
import { redact } from '#git/credentials.ts'
import { type GitLogin, secretOf, withLogin } from '#git/login.ts'
import { type Git, GitError, type GitOptions, toText } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { explainLocalFailure, requireDirectory, trustConfig } from './local-source.ts'
import { mirrorPath } from './mirrors.ts'
import { type Choice, chooseRef, type RemoteRefs, readRemoteRefs } from './remote-refs.ts'
import { openRepository, type Repository } from './repository.ts'
import { explainRemoteFailure, parseRef, parseRemote } from './source.ts'

export type CheckInput = {
  source: Extract<TaskSource, { kind: 'git' | 'local' }>
  token?: GitLogin
  signal?: AbortSignal
}

const maxRunning = 4
const refsTimeoutMs = 20_000
/** The age is a courtesy: it must not make anybody wait. */
const ageTimeoutMs = 5_000
const maxRefBytes = 16 * 1024 * 1024
const maxBranches = 200

/** Throws `source.invalid`, `source.unreachable` with git's own last line in `details.git`, or `rate.limited`. */
export function createSourceCheck({ git, mirrorsDir }: { git: Git; mirrorsDir: string }) {
  let running = 0
  return async (input: CheckInput): Promise<SourceCheck> => {
    if (running >= maxRunning)
      throw new AppError(
        'rate.limited',
        'Several repositories are being looked at already. Try again in a moment.',
      )
    running++
    const dir = join(mirrorsDir, `check-${newId()}.git`)
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const scratch = openRepository(git, dir)
      await scratch.git(['init', '-q', '--bare', '--template=', '--initial-branch=main'])
      return input.source.kind === 'git'
        ? await checkRemote({ git, scratch, mirrorsDir }, { ...input, source: input.source })
        : await checkLocal(scratch, { ...input, source: input.source })
    } catch (error) {
      if (input.signal?.aborted)
        throw new AppError('source.unreachable', 'The check was called off.', { cause: error })
      throw error
    } finally {
      running--
      await rm(dir, { recursive: true, force: true })
    }
  }
}

type Of<Kind> = CheckInput & { source: Extract<TaskSource, { kind: Kind }> }

async function checkRemote(
  { git, scratch, mirrorsDir }: { git: Git; scratch: Repository; mirrorsDir: string },
  { source, token, signal }: Of<'git'>,
): Promise<SourceCheck> {
  const remote = parseRemote(source.url, { login: token })
  const ref = source.ref === undefined ? undefined : parseRef(source.ref)
  const common = { protocols: [remote.protocol], ...(signal ? { signal } : {}) }
  try {
    const found = await withLogin({ url: remote.url, login: token }, (login) =>
      look(scratch, { from: remote.url, ref, options: { ...login, ...common } }),
    )
    const mirror = openRepository(git, join(mirrorsDir, mirrorPath(remote.url)))
    const sizeBytes = await sizeOf(join(mirror.dir, 'objects'))
    return { ...found, ...(sizeBytes ? { size_bytes: sizeBytes } : {}) }
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const known = explainRemoteFailure(error, remote, token !== undefined)
    throw withGitLine(known, redact(toLine(error), secretOf(token)))
  }
}

async function checkLocal(
  scratch: Repository,
  { source, signal }: Of<'local'>,
): Promise<SourceCheck> {
  const path = await requireDirectory(source.path)
  const ref = source.ref === undefined ? undefined : parseRef(source.ref)
  const options = {
    env: { GIT_CONFIG_GLOBAL: await trustConfig(scratch, path, { allowFilter: true }) },
    protocols: ['file'] as const,
    ...(signal ? { signal } : {}),
  }
  try {
    const found = await look(scratch, { from: path, ref, options })
    const objects = [join(path, '.git', 'objects'), join(path, 'objects')]
    const sizes = await Promise.all(objects.map(sizeOf))
    const sizeBytes = sizes.find((size) => size > 0)
    return { ...found, ...(sizeBytes ? { size_bytes: sizeBytes } : {}) }
  } catch (error) {
    const known = explainLocalFailure(error, path)
    throw known instanceof AppError && error instanceof GitError
      ? withGitLine(known, redact(toLine(error)))
      : known
  }
}

async function look(
  scratch: Repository,
  { from, ref, options }: { from: string; ref: string | undefined; options: Options },
): Promise<SourceCheck> {
  const remote = await readRemoteRefs(scratch, from, {
    ...options,
    timeoutMs: refsTimeoutMs,
    maxBytes: maxRefBytes,
  })
  const branches = branchesOf(remote)
  const choice = chooseRef(remote, { ref, where: from })
  if (choice.kind === 'empty') return { branch: null, commit: null, branches }
  const fetched = await readTip(scratch, choice, { from, options })
  const commit = fetched?.commit ?? (choice.kind === 'ref' ? remote.refs.get(choice.name) : null)
  return {
    branch: choice.branch,
    commit: commit ?? null,
    ...(fetched ? { committed_at: fetched.at } : {}),
    branches,
  }
}

type Options = Omit<GitOptions, 'dir'>

/** Only the commit itself, without trees, where the source can leave them out. Undefined where it is not to be had. */
async function readTip(
  scratch: Repository,
  choice: Exclude<Choice, { kind: 'empty' }>,
  { from, options }: { from: string; options: Options },
): Promise<{ commit: string; at: string } | undefined> {
  if (choice.kind === 'commit' && choice.name.length < 40) return undefined
  const target = 'refs/klaudio/check'
  // Git takes a source without its trees only from one whose name does not begin with a slash.
  const name = from.startsWith('/') ? pathToFileURL(from).href : from
  const fetch = [
    ...['fetch', '-q', '--depth=1', '--filter=tree:0', '--no-tags', '--no-write-fetch-head'],
    ...[name, `+${choice.name}:${target}`],
  ]
  try {
    await scratch.git(fetch, { ...options, timeoutMs: ageTimeoutMs })
    const commit = await scratch.line(['rev-parse', '--verify', '-q', `${target}^{commit}`])
    const text = toText(
      await scratch.git(['cat-file', 'commit', commit], { maxBytes: 1024 * 1024 }),
    )
    const seconds = Number(/^committer .*> (\d+) [+-]\d{4}$/m.exec(text)?.[1])
    if (!Number.isSafeInteger(seconds)) return undefined
    return { commit, at: new Date(seconds * 1000).toISOString() }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof GitError)) throw error
    return undefined
  }
}

const branchesOf = ({ refs }: RemoteRefs): string[] =>
  [...refs.keys()]
    .filter((name) => name.startsWith('refs/heads/'))
    .slice(0, maxBranches)
    .map((name) => name.slice('refs/heads/'.length))

/** Bytes of packs and loose objects; 0 where there are none, or it cannot be read. */
async function sizeOf(objects: string): Promise<number> {
  try {
    let total = 0
    for (const folder of await readdir(objects, { withFileTypes: true })) {
      if (!folder.isDirectory()) continue
      const inside = join(objects, folder.name)
      const names = await readdir(inside)
      const sizes = await Promise.all(
        names.map(async (name) => (await stat(join(inside, name))).size),
      )
      total += sizes.reduce((sum, size) => sum + size, 0)
    }
    return total
  } catch {
    return 0
  }
}

/** The line in which git says what is wrong; what it adds as advice comes after it. */
const toLine = ({ stderr, message }: GitError): string =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => /^(fatal|error|remote|ssh): /i.test(line)) ??
  message.replace(/^git [\w-]+ failed: /, '')

function withGitLine(error: AppError, line: string): AppError {
  return new AppError(error.code, error.message, {
    cause: error,
    details: { ...error.details, git: line },
  })
}
