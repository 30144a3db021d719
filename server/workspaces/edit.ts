import { AppError } from '#contract/errors.ts'
import { pathFromBytes, pathToBytes, splitNul } from '#git/path-bytes.ts'
import { newId } from '#lib/ids.ts'
import { type IndexChange, writeTree } from './index-file.ts'
import { branchRef, type Repository } from './repository.ts'
import { findEntry, getEntry } from './tree.ts'

/**
 * Commits one file to the branch; `null` deletes it. Returns the branch's head, the old one when nothing differs. `record` writes it
 * down: when that throws, the branch is as it was.
 */
export async function commitFile(
  repository: Repository,
  {
    branch,
    path,
    content,
    message,
    oid,
    record = () => {},
  }: {
    branch: string
    path: string
    content: Uint8Array | null
    message: string
    oid?: string
    record?: (commit: string) => void
  },
): Promise<string> {
  const ref = branchRef(branch)
  const head = (await repository.refs(ref)).get(ref)
  if (!head) throw new AppError('git.failed', `This task's repository has no branch ${branch}.`)
  if (oid !== undefined && (await findEntry(repository, head, path))?.oid !== oid)
    throw new AppError('file.changed', `${path} was changed meanwhile. Nothing was saved.`)
  const change = await toChange(repository, { head, path, content })
  if (!change) {
    record(head)
    return head
  }
  const tree = await writeTree(repository, { from: head, changes: [change], name: newId() })
  const changed = await changedPaths(repository, head, tree)
  // Git passes over `.git` and `..` in silence; in the place of a folder, or below a file, it takes others away.
  if (changed.length !== 1 || changed[0] !== path) throw cannotBe(path)
  const commit = await repository.line(['commit-tree', tree, '-p', head, '-F', '-'], {
    input: new TextEncoder().encode(message),
  })
  const move = [{ ref, to: commit, from: head }]
  if (await repository.updateRefsRecorded(move, () => record(commit))) return commit
  throw new AppError(
    'git.failed',
    'The task branch moved while the file was being saved. Try again.',
  )
}

/** Undefined when the file is so already. */
async function toChange(
  repository: Repository,
  { head, path, content }: { head: string; path: string; content: Uint8Array | null },
): Promise<IndexChange | undefined> {
  if (content === null) {
    await getEntry(repository, head, path)
    return { path: pathToBytes(path), remove: true }
  }
  const present = await findEntry(repository, head, path)
  if (present && present.type !== 'file')
    throw new AppError('file.forbidden', `${path} is a ${present.type} and cannot be edited.`)
  const oid = await repository.line(['hash-object', '-w', '--stdin'], { input: content })
  if (present?.oid === oid) return undefined
  return { path: pathToBytes(path), mode: present?.mode ?? '100644', oid }
}

async function changedPaths(
  repository: Repository,
  before: string,
  after: string,
): Promise<string[]> {
  const { stdout } = await repository.git([
    ...['diff-tree', '-r', '-z', '--name-only', '--no-renames', before, after, '--'],
  ])
  return splitNul(stdout).map(pathFromBytes)
}

const cannotBe = (path: string): AppError =>
  new AppError('file.forbidden', `${path} cannot be a file of this task.`)
