/**
 * Making a task's repository. It is built beside its final place and renamed: a repository that exists under its
 * name is whole, whatever was killed on the way.
 */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { TaskSource } from '#contract/task.ts'
import type { GitLogin } from '#git/login.ts'
import { type Git, toText } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { writeBoundary } from './boundary.ts'
import { importFiles } from './import-files.ts'
import { fetchLocal } from './local-source.ts'
import type { Mirrors, OnFetch } from './mirrors.ts'
import {
  branchRef,
  initRepository,
  openRepository,
  type Repositories,
  type Repository,
} from './repository.ts'
import { invalid, parseRef, parseRemote } from './source.ts'

export type PrepareInput = {
  taskId: string
  source: TaskSource
  branch: string
  token?: GitLogin
  filesDir?: string
  signal?: AbortSignal
  onProgress?: OnFetch
}

export type Prepared = {
  baseCommit: string
  defaultBranch: string
  /** Only the newest of its history was asked for, and all of it came: why. */
  whole?: string
}

/** Where a source's history begins for the task, and what its main branch is called. */
type Start = { commit: string; branch: string; whole?: string }

export const sourceRef = 'refs/klaudio/source'

export async function prepareRepository(
  { git, mirrors, repositories }: { git: Git; mirrors: Mirrors; repositories: Repositories },
  input: PrepareInput,
): Promise<Prepared> {
  const path = repositories.pathOf(input.taskId)
  if (existsSync(path)) return finish(await repositories.get(input.taskId), input.branch)
  await removePartials(path)
  const partial = `${path}.partial-${newId().slice(0, 8)}`
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 })
    const repository = openRepository(git, partial)
    await initRepository(repository, input.branch)
    const start = await fill({ mirrors, repository }, input)
    const { commit: base, branch, whole } = start
    const told = whole === undefined ? {} : { whole }
    await writeFacts(repository, { base, default: branch, source: input.source.kind, ...told })
    await repository.updateRefs([
      { ref: sourceRef, to: base },
      { ref: branchRef(input.branch), to: base, from: null },
    ])
    await rename(partial, path)
    return { baseCommit: base, defaultBranch: branch, ...told }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

/** What is written down about a repository: in its own settings, where it stays with it. */
export type Facts = { base: string; default: string; source: string; whole?: string }

export async function readFacts(repository: Repository): Promise<Partial<Facts>> {
  const found = await repository.git(['config', '--local', '-z', '--get-regexp', '^klaudio\\.'], {
    accept: [1],
  })
  const entries = toText(found).split('\0').filter(Boolean)
  return Object.fromEntries(
    entries.map((entry) => {
      const end = entry.indexOf('\n')
      return [entry.slice('klaudio.'.length, end), entry.slice(end + 1)]
    }),
  )
}

/** Of a repository that nobody else has yet, hence without the lock of git's own command, which writes one at a time. */
export async function writeFacts(repository: Repository, facts: Facts): Promise<void> {
  const lines = Object.entries(facts).map(
    ([name, value]) => `\t${name} = "${value.replaceAll(/["\\]/g, '\\$&')}"\n`,
  )
  await appendFile(join(repository.dir, 'config'), `[klaudio]\n${lines.join('')}`)
}

export async function finish(repository: Repository, branch: string): Promise<Prepared> {
  const { base: baseCommit, default: defaultBranch, whole } = await readFacts(repository)
  if (!baseCommit || !defaultBranch)
    throw new AppError('git.failed', "This task's repository is damaged: its base is not recorded.")
  const ref = branchRef(branch)
  const present = await repository.refs(ref)
  if (!present.has(ref)) {
    await repository.updateRefs([{ ref, to: baseCommit, from: null }])
    await repository.git(['symbolic-ref', 'HEAD', ref])
  }
  return { baseCommit, defaultBranch, ...(whole !== undefined && { whole }) }
}

async function fill(
  { mirrors, repository }: { mirrors: Mirrors; repository: Repository },
  { source, token, filesDir, signal, onProgress }: PrepareInput,
): Promise<Start> {
  const options = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  switch (source.kind) {
    case 'empty':
      return emptyStart(repository)
    case 'files':
      if (!filesDir) throw invalid('This task starts from uploaded files: upload at least one.')
      return { commit: await importFiles(repository, filesDir, options), branch: 'main' }
    case 'git': {
      const remote = parseRemote(source.url, { login: token })
      const ref = source.ref === undefined ? {} : { ref: parseRef(source.ref) }
      const secret = token === undefined ? {} : { token }
      const { depth } = source
      const asked = { remote, depth, ...ref, ...secret, ...options }
      const start = await mirrors.copyInto(repository, asked)
      if (start && start.boundary.length > 0) await writeBoundary(repository, start.boundary)
      return start ?? emptyStart(repository)
    }
    case 'local':
      return (await fetchLocal(repository, source, options)) ?? emptyStart(repository)
  }
}

async function emptyStart(repository: Repository): Promise<Start> {
  const tree = await repository.line(['mktree'], { input: new Uint8Array() })
  const commit = await repository.line(['commit-tree', tree, '-m', 'Start'])
  return { commit, branch: 'main' }
}

/** What an earlier attempt left when it was killed. */
async function removePartials(path: string): Promise<void> {
  const parent = dirname(path)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  for (const name of await readdir(parent))
    if (name.startsWith(`${basename(path)}.partial`))
      await rm(join(parent, name), { recursive: true, force: true })
}
