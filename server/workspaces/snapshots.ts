/**
 * Checkpoints in a task's repository: refs below `refs/klaudio/` that nothing pushes, and the objects they reach.
 *
 *   refs/klaudio/saved/<agent>        the newest save of an agent, which the next one builds on
 *   refs/klaudio/checkpoints/<id>     a commit whose tree is `manifest.json` and whose parents are everything it speaks of
 *
 * A checkpoint exists when its ref does: git writes objects and ref to disk before it says so.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SharedLock } from '#lib/shared-lock.ts'
import { listChanges } from './changes.ts'
import { receiveSave } from './receive.ts'
import { checkCommit, checkId, listTree, type Repository } from './repository.ts'
import { diffText } from './tree.ts'
import type { DiffOptions, FileChange, TreeEntry } from './workspaces.ts'

export type Snapshots = {
  /** Takes in what a save of an agent wrote, `pack` absent when there is nothing new. Returns the bytes it takes here. */
  takeSave(input: {
    taskId: string
    agentId: string
    commit: string
    pack?: AsyncIterable<Uint8Array>
  }): Promise<number>
  /** The commit of the agent's newest save. */
  savedBy(taskId: string, agentId: string): Promise<string | undefined>
  /** Makes the checkpoint; the same id again gives the same. Returns its commit. */
  seal(input: {
    taskId: string
    id: string
    manifest: string
    /** Commits it speaks of. */
    commits: readonly string[]
  }): Promise<string>
  /** The manifest, after a look whether everything it reaches is there. Throws `git.failed` when something is not. */
  readManifest(taskId: string, id: string): Promise<string>
  /** Ids of the checkpoints that exist. */
  sealed(taskId: string): Promise<string[]>
  /** Removes checkpoints and, when that is worth it, what only they needed. Returns the bytes that came free. */
  unseal(taskId: string, ids: readonly string[]): Promise<number>
  /** Forgets what the next save of these agents would build on. False when nothing was known of any. */
  forgetSaves(taskId: string, agentIds: readonly string[]): Promise<boolean>
  /** HEAD and branch of the clone that was saved; null where there was none. */
  savedHead(taskId: string, commit: string): Promise<{ head: string | null; branch: string | null }>
  /** Files that differ between two saves, or between a commit and a save. */
  savedChanges(taskId: string, from: SavedFiles, to: SavedFiles): Promise<FileChange[]>
  savedDiff(
    taskId: string,
    from: SavedFiles,
    to: SavedFiles,
    options?: DiffOptions,
  ): Promise<string>
  savedFiles(taskId: string, files: SavedFiles): Promise<TreeEntry[]>
  /** A file inside a save, such as `modes` or a piece of a session, by the names in the commit's tree. */
  savedBlobs(taskId: string, commit: string, folder: string): Promise<SavedBlob[]>
  readSaved(taskId: string, oid: string, maxBytes: number): Promise<Uint8Array>
  /** Everything `commit` reaches and `without` does not, as a pack. */
  packOf(taskId: string, commit: string, without?: string): AsyncIterable<Uint8Array>
}

/** A save's files, or those of an ordinary commit. */
export type SavedFiles = { save: string } | { commit: string }
export type SavedBlob = { path: string; oid: string; sizeBytes: number }

const savedPrefix = 'refs/klaudio/saved/'
const savedRef = (agentId: string): string => `${savedPrefix}${checkId(agentId)}`
const sealedPrefix = 'refs/klaudio/checkpoints/'
export const sealedRef = (id: string): string => `${sealedPrefix}${checkId(id)}`

/** A gigabyte of small files takes its time on a slow disk. */
const longMs = 60 * 60 * 1000
const maxManifestBytes = 64 * 1024 * 1024

type Open = (taskId: string) => Promise<Repository>

export function createSnapshots(open: Open, lock: SharedLock): Snapshots {
  return { ...saves(open, lock), ...seals(open, lock), ...contents(open) }
}

function saves(
  open: Open,
  lock: SharedLock,
): Pick<Snapshots, 'takeSave' | 'savedBy' | 'forgetSaves' | 'savedHead' | 'packOf'> {
  return {
    takeSave: ({ taskId, agentId, commit, pack }) =>
      lock.shared(taskId, async () => {
        const repository = await open(taskId)
        const tip = checkCommit(commit)
        const sizeBytes = pack ? await receiveSave(repository, { pack, tip, timeoutMs: longMs }) : 0
        await repository.updateRefs([{ ref: savedRef(agentId), to: tip }])
        return sizeBytes
      }),
    async savedBy(taskId, agentId) {
      const ref = savedRef(agentId)
      return (await (await open(taskId)).refs(ref)).get(ref)
    },
    async forgetSaves(taskId, agentIds) {
      const repository = await open(taskId)
      const known = await repository.refs(savedPrefix)
      const refs = agentIds.map(savedRef).filter((ref) => known.has(ref))
      await removeRefs(repository, refs)
      return refs.length > 0
    },
    async savedHead(taskId, commit) {
      const repository = await open(taskId)
      const facts = await repository.line(['cat-file', 'blob', `${checkCommit(commit)}:facts`])
      const find = (name: string): string | undefined =>
        facts
          .split('\0')
          .find((fact) => fact.startsWith(`${name} `))
          ?.slice(name.length + 1)
      const head = find('head')
      return { head: head && head !== '-' ? head : null, branch: find('branch') || null }
    },
    async *packOf(taskId, commit, without) {
      const repository = await open(taskId)
      const revisions = [checkCommit(commit), ...(without ? [`^${checkCommit(without)}`] : []), '']
      const args = ['pack-objects', '--stdout', '--revs', '-q', '--delta-base-offset']
      yield* repository.stream([...args, '--window=0'], {
        input: new TextEncoder().encode(revisions.join('\n')),
        timeoutMs: longMs,
      })
    },
  }
}

function seals(
  open: Open,
  lock: SharedLock,
): Pick<Snapshots, 'seal' | 'readManifest' | 'sealed' | 'unseal'> {
  return {
    seal: ({ taskId, id, manifest, commits }) =>
      lock.shared(taskId, async () => await seal(await open(taskId), { id, manifest, commits })),
    async readManifest(taskId, id) {
      const repository = await open(taskId)
      const ref = sealedRef(id)
      await repository.git(['rev-list', '--objects', '--quiet', ref, '--'], { timeoutMs: longMs })
      const blob = ['cat-file', 'blob', `${ref}:manifest.json`]
      const { stdout } = await repository.git(blob, { maxBytes: maxManifestBytes })
      return new TextDecoder().decode(stdout)
    },
    async sealed(taskId) {
      const refs = await (await open(taskId)).refs(sealedPrefix)
      return [...refs.keys()].map((ref) => ref.slice(sealedPrefix.length))
    },
    async unseal(taskId, ids) {
      await removeRefs(await open(taskId), ids.map(sealedRef))
      return await lock.alone(taskId, async () => await free(await open(taskId)))
    },
  }
}

function contents(
  open: Open,
): Pick<Snapshots, 'savedChanges' | 'savedDiff' | 'savedFiles' | 'savedBlobs' | 'readSaved'> {
  return {
    async savedChanges(taskId, from, to) {
      const repository = await open(taskId)
      return await listChanges(
        repository,
        await treeOf(repository, from),
        await treeOf(repository, to),
      )
    },
    async savedDiff(taskId, from, to, options = {}) {
      const repository = await open(taskId)
      const trees = { from: await treeOf(repository, from), to: await treeOf(repository, to) }
      return await diffText(repository, { ...trees, ...options })
    },
    async savedFiles(taskId, files) {
      const repository = await open(taskId)
      const entries = await listTree(repository, await treeOf(repository, files))
      return entries.map(({ oid: _, ...entry }) => entry)
    },
    async savedBlobs(taskId, commit, folder) {
      const repository = await open(taskId)
      const name = `${checkCommit(commit)}:${folder}`
      const tree = await repository.line(['rev-parse', '--verify', '-q', name])
      return await listTree(repository, tree)
    },
    async readSaved(taskId, oid, maxBytes) {
      const repository = await open(taskId)
      const blob = ['cat-file', 'blob', checkCommit(oid)]
      return (await repository.git(blob, { maxBytes })).stdout
    },
  }
}

/** The tree that holds the files, and nothing else. */
export async function treeOf(repository: Repository, files: SavedFiles): Promise<string> {
  const name =
    'save' in files ? `${checkCommit(files.save)}:files` : `${checkCommit(files.commit)}^{tree}`
  return await repository.line(['rev-parse', '--verify', '-q', name])
}

/** The commit depends on its contents alone, so asking again after a crash makes the same one. */
async function seal(
  repository: Repository,
  { id, manifest, commits }: { id: string; manifest: string; commits: readonly string[] },
): Promise<string> {
  const input = new TextEncoder().encode(manifest)
  const blob = await repository.line(['hash-object', '-w', '--stdin'], { input })
  const entry = new TextEncoder().encode(`100644 blob ${blob}\tmanifest.json\n`)
  const tree = await repository.line(['mktree'], { input: entry })
  const parents = [...new Set(commits)].flatMap((commit) => ['-p', checkCommit(commit)])
  const env = { GIT_AUTHOR_DATE: '@0 +0000', GIT_COMMITTER_DATE: '@0 +0000' }
  const commit = await repository.line(['commit-tree', tree, ...parents, '-m', id], { env })
  await repository.updateRefs([{ ref: sealedRef(id), to: commit }])
  return commit
}

async function removeRefs(repository: Repository, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return
  const input = new TextEncoder().encode(refs.map((ref) => `delete ${ref}\n`).join(''))
  await repository.git(['update-ref', '--stdin'], { input })
}

/** Packs are written anew only when that gives back more than this, and a tenth of what stays. */
const minWasteBytes = 4 * 1024 * 1024
const maxPacks = 50

/** Objects nobody reaches any more go. The caller keeps everybody else away from the repository meanwhile. */
async function free(repository: Repository): Promise<number> {
  const before = await packedBytes(repository)
  const walk = ['rev-list', '--objects', '--all', '--disk-usage']
  const needed = Number(await repository.line(walk, { timeoutMs: longMs }))
  const waste = before.sizeBytes - needed
  if (before.packs <= maxPacks && waste <= Math.max(minWasteBytes, needed / 10)) return 0
  await repository.git(['repack', '-a', '-d', '-q', '--window=0'], { timeoutMs: longMs })
  await repository.git(['prune', '--expire=now'], { timeoutMs: longMs })
  return Math.max(0, before.sizeBytes - (await packedBytes(repository)).sizeBytes)
}

async function packedBytes({ dir }: Repository): Promise<{ packs: number; sizeBytes: number }> {
  const folder = join(dir, 'objects', 'pack')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pack'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return { packs: names.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
}
