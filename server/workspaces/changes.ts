import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { checkCommit, type Repository } from './repository.ts'
import type { FileChange } from './workspaces.ts'

/** What differs between two commits, by path. Binary files count no lines. */
export async function listChanges(
  repository: Repository,
  from: string,
  to: string,
): Promise<FileChange[]> {
  const { stdout } = await repository.git([
    ...['diff-tree', '-r', '-z', '-M', '--raw', '--numstat', '--no-ext-diff', '--no-textconv'],
    ...[checkCommit(from), checkCommit(to), '--'],
  ])
  return parseChanges(splitNul(stdout))
}

/** git-diff-tree(1) with `-z --raw --numstat`: all raw records, then all counts. A rename has two paths in both. */
function parseChanges(pieces: Uint8Array[]): FileChange[] {
  const changes = new Map<string, FileChange>()
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)
  let index = 0
  const next = (): Uint8Array => pieces[index++] ?? new Uint8Array()
  while (index < pieces.length && pieces[index]?.[0] === 0x3a) {
    const status = text(next()).split(' ')[4]?.[0] ?? 'M'
    let path = pathFromBytes(next())
    if (status === 'R' || status === 'C') path = pathFromBytes(next())
    changes.set(path, { path, status, added: 0, deleted: 0 })
  }
  while (index < pieces.length) {
    const record = next()
    const tabs = [record.indexOf(9), record.indexOf(9, record.indexOf(9) + 1)] as const
    let path = record.subarray(tabs[1] + 1)
    if (path.length === 0) {
      next()
      path = next()
    }
    const change = changes.get(pathFromBytes(path))
    if (!change) continue
    change.added = Number(text(record.subarray(0, tabs[0]))) || 0
    change.deleted = Number(text(record.subarray(tabs[0] + 1, tabs[1]))) || 0
  }
  return [...changes.values()]
}
