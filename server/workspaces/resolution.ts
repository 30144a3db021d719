/** What an agent made of both sides of a conflict, looked at in the bare repository: whether it counts, and what a careful person would ask about. */
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { commitBoth, mergeTrees, preferSide, type Sides } from './conflict.ts'
import { checkCommit, checkId, type Repository } from './repository.ts'

/** Where the result is as one side has it, although both changed the same lines. */
export type OneSided = { path: string; side: 'ours' | 'theirs' }

export type Resolved =
  /** A merge of both sides with what was made of them. `outside` are files that were not in conflict and were changed all the same. */
  | {
      kind: 'resolved'
      commit: string
      changedFiles: string[]
      outside: string[]
      oneSided: OneSided[]
    }
  | { kind: 'unresolved'; problem: string }

/** Checks what was made of a marked commit: no mark is left that neither side had, and something was made of it. */
export async function checkResolution(
  repository: Repository,
  input: Sides & {
    agentId: string
    marked: string
    paths: readonly string[]
    commit: string
    message: string
  },
): Promise<Resolved> {
  const { ours, theirs, marked, paths, message } = input
  for (const id of [ours, theirs, marked, input.commit]) checkCommit(id)
  const { stdout } = await repository.git([
    ...['diff-tree', '-r', '-z', '--no-commit-id', '--name-only', marked, input.commit],
  ])
  const changedFiles = splitNul(stdout).map(pathFromBytes)
  const outside = changedFiles.filter((path) => !paths.includes(path))
  const left: string[] = []
  for (const path of [...paths, ...outside])
    if (await hasNewMarks(repository, input, path)) left.push(path)
  if (left.length > 0)
    return {
      kind: 'unresolved',
      problem: `There are still conflict markers (lines that begin with <<<<<<< or >>>>>>>) in: ${left.join(', ')}.`,
    }
  const oneSided = await findOneSided(repository, input)
  const tree = await repository.line(['rev-parse', `${input.commit}^{tree}`])
  const resolved = await commitBoth(repository, { tree, sides: { ours, theirs }, message })
  await repository.updateRefs([
    { ref: `refs/klaudio/resolved/${checkId(input.agentId)}/${resolved}`, to: resolved },
  ])
  return { kind: 'resolved', commit: resolved, changedFiles, outside, oneSided }
}

const marks = /^(<{7,}|>{7,}|\|{7,})( |$)/gm

async function hasNewMarks(
  repository: Repository,
  { ours, theirs, commit: made }: Sides & { commit: string },
  path: string,
): Promise<boolean> {
  const [now, before, after] = await Promise.all(
    [made, ours, theirs].map((id) => countMarks(repository, id, path)),
  )
  return (now ?? 0) > Math.max(before ?? 0, after ?? 0)
}

/** 0 where there is no such file. */
async function countMarks(repository: Repository, id: string, path: string): Promise<number> {
  const [, type, oid = ''] = (await entryOf(repository, id, path)).split(' ')
  if (type !== 'blob') return 0
  const { stdout } = await repository.git(['cat-file', 'blob', oid])
  return [...new TextDecoder().decode(stdout).matchAll(marks)].length
}

/**
 * Mode, type and id of what a tree has at a path; empty when there is nothing. A name that git would read as more than a name is found by
 * the list of the tree alone.
 */
async function entryOf(repository: Repository, id: string, path: string): Promise<string> {
  const listed = await repository.git([
    ...['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', id, '--', path],
  ])
  const [record] = splitNul(listed.stdout)
  return record ? (new TextDecoder().decode(record).split('\t')[0] ?? '') : ''
}

/** What git would have made of it by itself, had it been told which side wins. */
async function findOneSided(
  repository: Repository,
  { ours, theirs, paths, commit }: Sides & { paths: readonly string[]; commit: string },
): Promise<OneSided[]> {
  const merge = await mergeTrees(repository, { ours, theirs })
  const [ourTree, theirTree] = await Promise.all([
    preferSide(repository, { merge, side: 'ours' }),
    preferSide(repository, { merge, side: 'theirs' }),
  ])
  const found: OneSided[] = []
  for (const path of paths) {
    const [made, our, their] = await Promise.all(
      [commit, ourTree, theirTree].map((tree) => entryOf(repository, tree, path)),
    )
    if (our === their) continue
    if (made === our) found.push({ path, side: 'ours' })
    if (made === their) found.push({ path, side: 'theirs' })
  }
  return found
}
