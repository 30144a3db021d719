import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { type LocalRepository, openLocal } from '#git/local.ts'
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { type Git, type GitOptions, type GitResult, toText } from '#git/process.ts'
import type { TreeEntry } from './workspaces.ts'

/** One task's bare repository. Every path in it is ours: no working tree, no remote, no hook. */
export type Repository = LocalRepository & {
  readonly dir: string
  git(args: readonly string[], options?: Omit<GitOptions, 'dir'>): Promise<GitResult>
  stream(args: readonly string[], options?: Omit<GitOptions, 'dir'>): AsyncIterable<Uint8Array>
  /** Output of a command that prints one line. */
  line(args: readonly string[], options?: Omit<GitOptions, 'dir'>): Promise<string>
}

/** A blob, link or submodule with the object it stands for. */
export type FoundEntry = TreeEntry & { oid: string }

export const agentRef = (agentId: string): string => `refs/klaudio/agents/${checkId(agentId)}`
export const branchRef = (branch: string): string => `refs/heads/${checkBranch(branch)}`

/** Keeps ids that become file and ref names to what an id can be. */
export function checkId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(id)) return id
  throw new AppError('request.invalid', 'This id is not one that Klaudio gives.')
}

/** An object id and nothing that git could read as an option or an expression. */
export function checkCommit(commit: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit
  throw new AppError('request.invalid', 'A commit is 40 hexadecimal digits.')
}

/** Throws `file.not-found` when one of them is no commit of the repository. */
export async function requireCommits(
  repository: Repository,
  commits: readonly string[],
): Promise<void> {
  const input = new TextEncoder().encode(commits.map((id) => `${checkCommit(id)}\n`).join(''))
  const { stdout } = await repository.git(['cat-file', '--batch-check'], { input })
  const answers = new TextDecoder().decode(stdout).split('\n')
  const missing = commits.find((_, index) => answers[index]?.split(' ')[1] !== 'commit')
  if (missing)
    throw new AppError('file.not-found', `The task's repository has no commit ${missing}.`)
}

function checkBranch(branch: string): string {
  const isName = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/.test(branch)
  if (isName && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(branch)) return branch
  throw new AppError('request.invalid', `"${branch}" cannot be the name of a branch.`)
}

export function openRepository(git: Git, dir: string): Repository {
  return { ...openLocal(git, dir), ...commandsIn(git, { dir }) }
}

/** The same repository, with the objects of `objectsDir` as well; for reading. */
export function openWith(git: Git, repository: Repository, objectsDir: string): Repository {
  const env = { GIT_OBJECT_DIRECTORY: objectsDir }
  return { ...repository, ...commandsIn(git, { dir: repository.dir, env }) }
}

function commandsIn(
  git: Git,
  { dir, env }: Pick<GitOptions, 'dir' | 'env'>,
): Pick<Repository, 'dir' | 'git' | 'stream' | 'line'> {
  const toOptions = (options: Omit<GitOptions, 'dir'>): GitOptions => ({
    ...options,
    dir,
    ...((env || options.env) && { env: { ...env, ...options.env } }),
  })
  const run: Repository['git'] = (args, options = {}) => git.run(args, toOptions(options))
  return {
    dir,
    git: run,
    stream: (args, options = {}) => git.stream(args, toOptions(options)),
    line: async (args, options) => toText(await run(args, options)),
  }
}

/** `branch` is the one that its HEAD stands for. */
export async function initRepository(repository: Repository, branch = 'main'): Promise<void> {
  const head = `--initial-branch=${checkBranch(branch)}`
  await repository.git(['init', '-q', '--bare', '--template=', head])
  await mkdir(join(repository.dir, 'info'), { recursive: true })
  // An archive is the whole tree: attributes inside it must neither hide nor rewrite files.
  await writeFile(join(repository.dir, 'info', 'attributes'), '* -export-ignore -export-subst\n')
}

export type Repositories = {
  pathOf(taskId: string): string
  /** Throws `git.failed` when the task has none. */
  get(taskId: string): Promise<Repository>
}

/** Opens task repositories, and once per process clears what a killed git may have left in each. */
export function createRepositories({ git, dir }: { git: Git; dir: string }): Repositories {
  const cleaned = new Map<string, Promise<void>>()
  const pathOf = (taskId: string): string => join(dir, `${checkId(taskId)}.git`)
  return {
    pathOf,
    async get(taskId) {
      const path = pathOf(taskId)
      if (!existsSync(path)) {
        cleaned.delete(taskId)
        throw new AppError('git.failed', 'This task has no repository yet.')
      }
      const cleaning = cleaned.get(taskId) ?? removeLeftovers(path)
      cleaned.set(taskId, cleaning)
      await cleaning
      return openRepository(git, path)
    },
  }
}

export const quarantinePrefix = 'incoming-'
/** Objects that are only looked at, by one run of the server. */
export const lookPrefix = 'look-'

const isOfOneRun = (name: string): boolean =>
  name.startsWith(quarantinePrefix) || name.startsWith(lookPrefix)

/** Lock files of dead processes would refuse every later update of a ref; half-received objects only take room. */
export async function removeLeftovers(dir: string): Promise<void> {
  const names = await list(dir)
  const refs = await list(join(dir, 'refs'), { recursive: true })
  const packs = await list(join(dir, 'objects', 'pack'))
  const leftovers = [
    ...names.filter((name) => name.endsWith('.lock') || isOfOneRun(name)),
    ...refs.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name)),
    ...packs.filter((name) => name.startsWith('tmp_')).map((name) => join('objects', 'pack', name)),
  ]
  for (const name of leftovers) await rm(join(dir, name), { recursive: true, force: true })
}

/** What is not there is for git to complain of. */
async function list(dir: string, options: { recursive?: boolean } = {}): Promise<string[]> {
  try {
    return await readdir(dir, options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Entries below `commit`, or only those of the paths that are named. Sizes are bytes; a submodule has none. */
export async function listTree(
  repository: Repository,
  commit: string,
  ...paths: readonly string[]
): Promise<FoundEntry[]> {
  const selection = paths.length === 0 ? ['-r'] : []
  const result = await repository.git([
    ...['ls-tree', '-z', '-l', '--full-tree', ...selection],
    ...[checkCommit(commit), '--', ...paths],
  ])
  return splitNul(result.stdout)
    .map(parseTreeEntry)
    .filter((entry) => entry !== undefined)
}

const entryTypes: Record<string, TreeEntry['type']> = {
  '100644': 'file',
  '100755': 'file',
  '100664': 'file',
  '120000': 'symlink',
  '160000': 'submodule',
}

/** One record of `ls-tree -z -l`; undefined for what is neither file, link nor submodule. */
export function parseTreeEntry(record: Uint8Array): FoundEntry | undefined {
  const tab = record.indexOf(9)
  const [mode = '', , oid = '', size = ''] = new TextDecoder()
    .decode(record.subarray(0, tab))
    .split(/ +/)
  const type = entryTypes[mode]
  if (!type) return undefined
  return {
    path: pathFromBytes(record.subarray(tab + 1)),
    sizeBytes: Number(size) || 0,
    mode,
    type,
    oid,
  }
}
