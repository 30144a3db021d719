/**
 * Where the history of a repository ends that has only the newest of it. Git keeps it in the file `shallow`: an id a line, of commits
 * whose parents are not there.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { toText } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { checkCommit, type Repository } from './repository.ts'

/** A ref of a bundle that says of its commit that its parents are not in it; the seed script knows it. */
export const boundaryRef = (index: number): string => `refs/klaudio/shallow/${index}`

/** All of them; empty for a repository with its whole history. */
export async function readBoundary({ dir }: Pick<Repository, 'dir'>): Promise<Set<string>> {
  try {
    const text = await readFile(join(dir, 'shallow'), 'utf8')
    return new Set(text.split('\n').filter(Boolean))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Set()
    throw error
  }
}

/** Those that end the history of these commits. */
export async function boundaryOf(
  repository: Repository,
  ...commits: readonly string[]
): Promise<string[]> {
  const known = await readBoundary(repository)
  if (known.size === 0) return []
  const reached = await reachedFrom(repository, ...commits)
  return [...known].filter((commit) => reached.has(commit))
}

/** Every commit in the history of these, themselves included. */
export async function reachedFrom(
  repository: Repository,
  ...commits: readonly string[]
): Promise<Set<string>> {
  const input = new TextEncoder().encode(commits.map((id) => `${checkCommit(id)}\n`).join(''))
  const options = { input, maxBytes: maxListBytes, timeoutMs: longMs }
  const list = await repository.git(['rev-list', '--stdin'], options)
  return new Set(toText(list).split('\n'))
}

/** Replaces all of them; on disk when it returns. Of a repository that nobody else changes in this respect. */
export async function writeBoundary(
  { dir }: Pick<Repository, 'dir'>,
  commits: Iterable<string>,
): Promise<void> {
  const file = join(dir, `shallow-${newId().slice(0, 8)}.lock`)
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile([...commits].map((commit) => `${commit}\n`).join(''))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(file, join(dir, 'shallow'))
}

const maxListBytes = 512 * 1024 * 1024
const longMs = 10 * 60_000
