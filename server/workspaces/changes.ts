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
  let index = 0
  const next = (): Uint8Array => pieces[index++] ?? new Uint8Array()
  while (index < pieces.length && pieces[index]?.[0] === 0x3a) {
    const change = readRaw(next)
    changes.set(change.path, change)
  }
  while (index < pieces.length) readCounts(next, changes)
  return [...changes.values()]
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

/** `:<mode> <mode> <oid> <oid> <status>`, then the path, or the old and the new one. */
function readRaw(next: () => Uint8Array): FileChange {
  const [before = '', after = '', oldOid = '', newOid = '', status = 'M'] = text(next())
    .slice(1)
    .split(' ')
  const isMoved = status[0] === 'R' || status[0] === 'C'
  const from = isMoved ? pathFromBytes(next()) : undefined
  const hasNewMode = before !== after && ![before, after].includes('000000')
  return {
    path: pathFromBytes(next()),
    status: status[0] ?? 'M',
    added: 0,
    deleted: 0,
    oid: status === 'D' ? oldOid : newOid,
    ...(from === undefined ? {} : { from }),
    ...(hasNewMode ? { modes: [before, after] as [string, string] } : {}),
  }
}

/** `<added> TAB <deleted> TAB <path>`, with both paths in records of their own for a rename and `-` for binary files. */
function readCounts(next: () => Uint8Array, changes: ReadonlyMap<string, FileChange>): void {
  const record = next()
  const tabs = [record.indexOf(9), record.indexOf(9, record.indexOf(9) + 1)] as const
  let path = record.subarray(tabs[1] + 1)
  if (path.length === 0) {
    next()
    path = next()
  }
  const change = changes.get(pathFromBytes(path))
  if (!change) return
  const [added, deleted] = [record.subarray(0, tabs[0]), record.subarray(tabs[0] + 1, tabs[1])]
  change.added = Number(text(added)) || 0
  change.deleted = Number(text(deleted)) || 0
  if (text(added) === '-') change.binary = true
}
