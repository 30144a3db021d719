/** Looking into commits that checkpoints keep: files of a save are those below its `files/`. Nothing here changes a repository. */
import { nulRecords, pathFromBytes } from '#git/path-bytes.ts'
import { listChanges } from './changes.ts'
import type { IsPrivate } from './private-paths.ts'
import { checkCommit, parseTreeEntry, type Repository } from './repository.ts'
import { type SavedFiles, sealedRef, treeOf } from './snapshots.ts'
import { openFile, packFiles } from './tree.ts'
import type { FileChange, OpenFile, PackOptions, TreeEntry } from './workspaces.ts'

export type Kept = {
  /** The manifest as it was written; whether all it reaches is there is not looked at. */
  keptManifest(taskId: string, id: string): Promise<string>
  /** HEAD and branch of the clone that was saved, and what is not in the save, each with its reason. */
  keptFacts(taskId: string, commit: string): Promise<KeptFacts>
  /** A page in the order of the tree, read as it comes: what is not on the page takes no room. */
  keptFiles(taskId: string, files: SavedFiles, page: FilePage): Promise<FoundFiles>
  /** `file.not-found` when the path is neither a file nor a link. A link is its own target, never followed. */
  openKept(taskId: string, files: SavedFiles, path: string): Promise<OpenFile>
  packKept(
    taskId: string,
    files: SavedFiles,
    options: Pick<PackOptions, 'prefix' | 'without'>,
  ): AsyncIterable<Uint8Array>
  /** Without what Klaudio itself put there. */
  keptChanges(taskId: string, from: SavedFiles, to: SavedFiles): Promise<FileChange[]>
}

export type KeptFacts = { head: string | null; branch: string | null; leftOut: string[] }

export type FilePage = {
  /** Path of the last entry of the page before. */
  after?: string | undefined
  limit: number
  accept: (path: string) => boolean
}

export type FoundFiles = { entries: TreeEntry[]; more: boolean }

const maxManifestBytes = 64 * 1024 * 1024
const maxFactsBytes = 4 * 1024 * 1024
const longMs = 10 * 60 * 1000

export function createKept({
  open,
  openFor,
}: {
  open: (taskId: string) => Promise<Repository>
  openFor: (taskId: string) => Promise<{ repository: Repository; isPrivate: IsPrivate }>
}): Kept {
  return {
    async keptManifest(taskId, id) {
      const blob = ['cat-file', 'blob', `${sealedRef(id)}:manifest.json`]
      const found = await (await open(taskId)).git(blob, { maxBytes: maxManifestBytes })
      return new TextDecoder().decode(found.stdout)
    },
    async keptFacts(taskId, commit) {
      const blob = ['cat-file', 'blob', `${checkCommit(commit)}:facts`]
      const { stdout } = await (await open(taskId)).git(blob, { maxBytes: maxFactsBytes })
      return parseFacts(stdout)
    },
    async keptFiles(taskId, files, page) {
      const repository = await open(taskId)
      return await pageOf(repository, await treeOf(repository, files), page)
    },
    async openKept(taskId, files, path) {
      const repository = await open(taskId)
      return await openFile(repository, await treeOf(repository, files), path)
    },
    async *packKept(taskId, files, options) {
      const repository = await open(taskId)
      yield* packFiles(repository, { commit: await treeOf(repository, files), ...options })
    },
    async keptChanges(taskId, from, to) {
      const { repository, isPrivate } = await openFor(taskId)
      const trees = [await treeOf(repository, from), await treeOf(repository, to)] as const
      const changes = await listChanges(repository, ...trees)
      return changes.filter(({ path }) => !isPrivate(path))
    },
  }
}

async function pageOf(
  repository: Repository,
  tree: string,
  { after, limit, accept }: FilePage,
): Promise<FoundFiles> {
  const list = ['ls-tree', '-r', '-z', '-l', '--full-tree', tree]
  const entries: TreeEntry[] = []
  let isBehind = after === undefined
  for await (const record of nulRecords(repository.stream(list, { timeoutMs: longMs }))) {
    const entry = parseTreeEntry(record)
    if (!entry) continue
    if (!isBehind) {
      isBehind = entry.path === after
      continue
    }
    if (!accept(entry.path)) continue
    if (entries.length === limit) return { entries, more: true }
    const { oid: _, ...shown } = entry
    entries.push(shown)
  }
  return { entries, more: false }
}

/** `<name> <value>` NUL. */
function parseFacts(bytes: Uint8Array): KeptFacts {
  const facts: KeptFacts = { head: null, branch: null, leftOut: [] }
  let start = 0
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    const record = bytes.subarray(start, end)
    const space = record.indexOf(32)
    const name = new TextDecoder().decode(record.subarray(0, space))
    const value = pathFromBytes(record.subarray(space + 1))
    if (name === 'head' && value !== '-') facts.head = value
    if (name === 'branch' && value !== '') facts.branch = value
    if (name === 'left-out') facts.leftOut.push(value)
    start = end + 1
  }
  return facts
}
