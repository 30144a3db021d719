/**
 * A repository with only the newest of a history, and a remote that moved on: the commit that both sides have in common may not be here, and
 * without it a merge would take every file for a conflict. So more of the history is fetched, a larger part each time, until it is.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { GitOptions } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { boundaryOf, reachedFrom, readBoundary, writeBoundary } from './boundary.ts'
import { commonCommit } from './handed-in.ts'
import { release } from './receive.ts'
import { checkCommit, quarantinePrefix, type Repository } from './repository.ts'

export type FromRemote = { url: string; options: Omit<GitOptions, 'dir'> }

/** How many commits of every line of history are fetched, one after the other. */
export const deepeningSteps: readonly number[] = [100, 1_000, 10_000, 100_000]

/**
 * Whether git finds the commit that two histories parted at, though what is older than some commits is not here: all that could hide a
 * later one is older than what it finds.
 */
export async function isTogether(
  repository: Repository,
  left: string,
  right: string,
): Promise<boolean> {
  const ends = await boundaryOf(repository, left, right)
  if (ends.length === 0) return true
  const common = await commonCommit(repository, left, right)
  if (common === undefined) return false
  const before = await reachedFrom(repository, common)
  const others = ends.filter((end) => !before.has(end))
  const [at = 0, ...dates] = await datesOf(repository, [common, ...others])
  return dates.every((date) => date < at)
}

/**
 * Fetches so many commits of each of the branches into `<into>/<name>`. Nothing that was here is cut off by it, and it may be ended at any
 * line: what decides where history ends is replaced when the objects are here, and the refs move last.
 */
export async function fetchPart(
  repository: Repository,
  {
    branches,
    into,
    depth,
    url,
    options,
  }: FromRemote & { branches: readonly string[]; into: string; depth: number },
): Promise<void> {
  const dir = join(repository.dir, `${quarantinePrefix}${newId().slice(0, 8)}`)
  const known = [...new Set((await repository.refs()).values())]
  const before = await readBoundary(repository)
  const there = { ...options, env: { ...options.env, GIT_DIR: dir } }
  try {
    await openBeside(repository, { dir, known, before })
    const fetch = ['fetch', '-q', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules']
    const specs = branches.map((name, index) => `+${name}:${fetchedRef(index)}`)
    const config = [...(options.config ?? []), ['fetch.unpackLimit', '1'] as const]
    await repository.git([...fetch, `--depth=${depth}`, url, ...specs], { ...there, config })
    const tips = await repository.line(['rev-parse', ...branches.map((_, at) => fetchedRef(at))], {
      env: { GIT_DIR: dir },
    })
    const after = await readBoundary({ dir })
    const had = await reachedFrom(repository, ...known)
    await release(join(dir, 'objects', 'pack'), join(repository.dir, 'objects', 'pack'))
    // Git would also shorten what is here, down to the middle of the task's own work.
    const ends = [...after].filter((commit) => before.has(commit) || !had.has(commit))
    await writeBoundary(repository, ends)
    const changes = tips.split('\n').map((to, at) => ({ ref: `${into}/${branches[at]}`, to }))
    await repository.updateRefs(changes)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** What the histories of a remote's branch and a task's have to do with each other is not to be found out. */
export const tooFarApart = (branch: string, steps: readonly number[]): AppError =>
  new AppError(
    'delivery.refused',
    `The newest ${steps.at(-1)} commits of "${branch}" have none in common with those that this task was started with. Choose another pr_target, or start the task again with the whole history (without a depth).`,
  )

const fetchedRef = (index: number): string => `refs/fetched/${index}`

/** A repository for one fetch, with all objects of the other. */
async function openBeside(
  repository: Repository,
  { dir, known, before }: { dir: string; known: readonly string[]; before: Iterable<string> },
): Promise<void> {
  const env = { GIT_DIR: dir }
  await mkdir(dir, { mode: 0o700 })
  await repository.git(['init', '-q', '--bare', '--template='], { env })
  await mkdir(join(dir, 'objects', 'info'), { recursive: true })
  await writeFile(join(dir, 'objects', 'info', 'alternates'), '../../objects\n')
  await writeBoundary({ dir }, before)
  const have = known.map((id, index) => `create refs/known/${index} ${checkCommit(id)}\n`)
  await repository.git(['update-ref', '--stdin'], {
    env,
    input: new TextEncoder().encode(have.join('')),
  })
}

/** Seconds of their committers, in the order given. */
async function datesOf(repository: Repository, commits: readonly string[]): Promise<number[]> {
  const input = new TextEncoder().encode(commits.map((id) => `${checkCommit(id)}\n`).join(''))
  const show = ['rev-list', '--no-walk=unsorted', '--no-commit-header', '--format=%ct', '--stdin']
  return (await repository.line(show, { input })).split('\n').map(Number)
}
