/**
 * Two sides that git cannot bring together by itself. An agent gets them as one commit, marked where they differ, with both as its
 * parents; what it makes of that becomes a merge of the same two. Nothing here has a working tree.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathFromBytes } from '#git/path-bytes.ts'
import { toText } from '#git/process.ts'
import { type IndexChange, writeTree } from './index-file.ts'
import { checkId, type Repository } from './repository.ts'

export type Sides = { ours: string; theirs: string }
export type Conflict = Sides & {
  paths: string[]
  /** Commit of both, with git's marks in the files where they differ. */
  marked: string
  /** What git says of it. */
  notes: string
}

/** One side of a path in conflict. */
type Stage = { path: Uint8Array; mode: string; oid: string; stage: number }

type Merge = { tree: string; stages: Stage[]; notes: string; isClean: boolean }

/** Merges two commits in memory. */
export async function mergeTrees(repository: Repository, { ours, theirs }: Sides): Promise<Merge> {
  const { stdout, code } = await repository.git(
    ['merge-tree', '--write-tree', '-z', '--messages', ours, theirs],
    { accept: [1] },
  )
  const [treeBytes = new Uint8Array(), ...rest] = splitFields(stdout)
  const end = rest.findIndex((field) => field.length === 0)
  const entries = end < 0 ? rest : rest.slice(0, end)
  return {
    tree: toText({ stdout: treeBytes }),
    stages: entries.map(toStage),
    notes: readNotes(end < 0 ? [] : rest.slice(end + 1)),
    isClean: code === 0,
  }
}

/** Unlike `splitNul` with its empty fields, which part the files from the messages. */
function splitFields(bytes: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = []
  let from = 0
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, from)) {
    fields.push(bytes.subarray(from, at))
    from = at + 1
  }
  return fields
}

function toStage(record: Uint8Array): Stage {
  const tab = record.indexOf(9)
  const head = new TextDecoder().decode(record.subarray(0, tab))
  const [mode = '', oid = '', stage = '0'] = head.split(' ')
  return { path: record.subarray(tab + 1), mode, oid, stage: Number(stage) }
}

/** Each is a number of paths, the paths, a short type and the sentence. */
function readNotes(fields: readonly Uint8Array[]): string {
  const decoder = new TextDecoder()
  const sentences: string[] = []
  for (let at = 0; at < fields.length; ) {
    const paths = Number(decoder.decode(fields[at]))
    if (!Number.isInteger(paths)) break
    const type = decoder.decode(fields[at + 1 + paths] ?? new Uint8Array())
    const sentence = decoder.decode(fields[at + 2 + paths] ?? new Uint8Array()).trim()
    if (type.startsWith('CONFLICT')) sentences.push(sentence)
    at += 3 + paths
  }
  return sentences.join('\n')
}

export const pathsOf = ({ stages }: Pick<Merge, 'stages'>): string[] => [
  ...new Set(stages.map(({ path }) => pathFromBytes(path))),
]

/** Keeps both sides as one commit, so that they can be given to an agent. */
export async function markConflict(
  repository: Repository,
  { agentId, sides, merge }: { agentId: string; sides: Sides; merge: Merge },
): Promise<Conflict> {
  const message = 'Both sides of a conflict, marked where they differ\n'
  const marked = await commitBoth(repository, { tree: merge.tree, sides, message })
  await repository.updateRefs([
    { ref: `refs/klaudio/marked/${checkId(agentId)}/${marked}`, to: marked },
  ])
  return { ...sides, paths: pathsOf(merge), marked, notes: merge.notes }
}

/** A commit of both sides. */
export const commitBoth = (
  repository: Repository,
  { tree, sides, message }: { tree: string; sides: Sides; message: string },
): Promise<string> =>
  repository.line(['commit-tree', tree, '-p', sides.ours, '-p', sides.theirs, '-F', '-'], {
    input: new TextEncoder().encode(message),
  })

/**
 * The tree of both, in which one side wins where both changed the same lines. A file that cannot be merged by lines, or that one side
 * removed, is as that side has it.
 */
export async function preferSide(
  repository: Repository,
  { merge, side }: { merge: Merge; side: 'ours' | 'theirs' },
): Promise<string> {
  const byPath = Map.groupBy(merge.stages, ({ path }) => Buffer.from(path).toString('hex'))
  const changes: IndexChange[] = []
  for (const stages of byPath.values()) {
    const change = await chooseSide(repository, stages, side)
    if (change) changes.push(change)
  }
  return await writeTree(repository, { from: merge.tree, changes, name: `prefer-${side}` })
}

async function chooseSide(
  repository: Repository,
  stages: readonly Stage[],
  side: 'ours' | 'theirs',
): Promise<IndexChange | undefined> {
  const [base, ours, theirs] = [1, 2, 3].map((wanted) =>
    stages.find(({ stage }) => stage === wanted),
  )
  const path = stages[0]?.path
  if (!path) return undefined
  const wanted = side === 'ours' ? ours : theirs
  if (!wanted) return { path, remove: true }
  const areFiles = [ours, theirs].every((entry) => entry?.mode.startsWith('100'))
  const oid =
    areFiles && ours && theirs
      ? await mergeLines(repository, { base, ours, theirs, side })
      : undefined
  return { path, mode: wanted.mode, oid: oid ?? wanted.oid }
}

/** Undefined for files that have no lines. */
async function mergeLines(
  repository: Repository,
  {
    base,
    ours,
    theirs,
    side,
  }: { base: Stage | undefined; ours: Stage; theirs: Stage; side: 'ours' | 'theirs' },
): Promise<string | undefined> {
  const dir = await mkdtemp(join(repository.dir, 'prefer-'))
  try {
    const files: string[] = []
    for (const [name, entry] of [
      ['ours', ours],
      ['base', base],
      ['theirs', theirs],
    ] as const) {
      const content = entry ? (await repository.git(['cat-file', 'blob', entry.oid])).stdout : ''
      files.push(join(dir, name))
      await writeFile(join(dir, name), content)
    }
    const merged = await repository.git(['merge-file', '-p', `--${side}`, ...files], {
      accept: [255],
    })
    if (merged.code !== 0) return undefined
    return await repository.line(['hash-object', '-w', '--stdin'], { input: merged.stdout })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
