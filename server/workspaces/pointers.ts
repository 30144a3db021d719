/** Agents get the files of the project's submodules to read, not to change: where a pointer leads is put back before their work is merged. */
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { newId } from '#lib/ids.ts'
import { type IndexEntry, writeTree } from './index-file.ts'
import { sourceRef } from './prepare.ts'
import { checkCommit, type Repository } from './repository.ts'

const submoduleMode = '160000'

/**
 * `commit`, or one on it in which the submodules that the task started with are as in `base`, also where they were removed or their files added;
 * `heldBack` are those. The result depends on the arguments alone.
 */
export async function withPointers(
  repository: Repository,
  { base, commit }: { base: string; commit: string },
): Promise<{ commit: string; heldBack: string[] }> {
  const changes = await movedAway(repository, { base, commit })
  if (changes.length === 0) return { commit, heldBack: [] }
  const tree = await writeTree(repository, { from: commit, changes, name: newId() })
  const at = await repository.line(['show', '-s', '--format=%ct', commit, '--'])
  const date = `@${at} +0000`
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  const message = 'Leave submodules at the commits they were at'
  const put = await repository.line(['commit-tree', tree, '-p', commit, '-m', message], { env })
  return { commit: put, heldBack: toPaths(changes) }
}

/** Submodules that `withPointers` puts back: what was done there is another repository's, and in no delivery. */
export const heldBack = async (
  repository: Repository,
  between: { base: string; commit: string },
): Promise<string[]> => toPaths(await movedAway(repository, between))

const toPaths = (entries: readonly IndexEntry[]): string[] =>
  entries.map(({ path }) => pathFromBytes(path))

async function movedAway(
  repository: Repository,
  { base, commit }: { base: string; commit: string },
): Promise<IndexEntry[]> {
  const moved = await movedPointers(repository, base, commit)
  if (moved.length === 0) return []
  const own = await startedWith(repository)
  return moved.filter(({ path }) => own.has(Buffer.from(path).toString('hex')))
}

/** As they are in `base`. */
async function movedPointers(
  repository: Repository,
  base: string,
  commit: string,
): Promise<IndexEntry[]> {
  const raw = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--no-ext-diff']
  const { stdout } = await repository.git([...raw, checkCommit(base), checkCommit(commit), '--'])
  const records = splitNul(stdout)
  const moved: IndexEntry[] = []
  for (let at = 0; at + 1 < records.length; at += 2) {
    // `:<mode before> <mode> <object before> <object> <letter>`
    const [mode, , oid = ''] = new TextDecoder().decode(records[at]).slice(1).split(' ')
    const path = records[at + 1]
    if (path && mode === submoduleMode) moved.push({ path, mode, oid })
  }
  return moved
}

/** Their paths, as bytes in hexadecimal. */
async function startedWith(repository: Repository): Promise<Set<string>> {
  if (!(await repository.refs(sourceRef)).has(sourceRef)) return new Set()
  const { stdout } = await repository.git(['ls-tree', '-r', '-z', '--full-tree', sourceRef])
  const found = splitNul(stdout).filter((record) =>
    new TextDecoder().decode(record.subarray(0, 7)).startsWith(submoduleMode),
  )
  return new Set(
    found.map((record) => Buffer.from(record.subarray(record.indexOf(9) + 1)).toString('hex')),
  )
}
