/**
 * Takes changes out of the task branch by a commit on top of it, and brings them back. Contents are put together from the bytes of
 * both sides, line by line, so that line ends, encodings and a missing newline at the end stay as they are.
 */

import { AppError } from '#contract/errors.ts'
import type { HunkRange } from '#contract/review.ts'
import { pathFromBytes, pathToBytes, splitNul } from '#git/path-bytes.ts'
import { newId } from '#lib/ids.ts'
import { listChanges } from './changes.ts'
import { type IndexChange, writeTree } from './index-file.ts'
import { changedBlocks, type LineBlock, splitLines } from './line-blocks.ts'
import { branchRef, checkCommit, type Repository } from './repository.ts'

export type DiscardInput = {
  branch: string
  /** Where the changes begin. */
  base: string
  /** What the branch must be at: else `file.changed`. */
  head: string
  files: readonly { path: string; hunks?: readonly HunkRange[] | undefined }[]
  message: string
}

/** The new head of the branch. Throws `file.not-found`, `file.changed`, `file.forbidden` and `request.invalid`; nothing has changed then. */
export async function discardChanges(
  repository: Repository,
  { branch, base, head, files, message }: DiscardInput,
): Promise<string> {
  const [entries, changes] = await Promise.all([
    rawChanges(repository, base, head),
    listChanges(repository, base, head),
  ])
  const origins = new Map(changes.map(({ path, from }) => [path, from]))
  const edits = new Map<string, Entry | undefined>()
  for (const { path, hunks } of files) {
    if (!origins.has(path))
      throw new AppError('file.not-found', `${path} is not among the changes of this task.`)
    const from = origins.get(path)
    const places = { path, ...(from === undefined ? {} : { from }) }
    if (hunks) edits.set(path, await withoutHunks(repository, { entries, ...places }, hunks))
    else for (const each of [from ?? path, path]) edits.set(each, entries.get(each)?.before)
  }
  return await commitEdits(repository, { branch, head, edits, message })
}

/**
 * Brings back what `commit` took out, on top of whatever came since. `file.changed` when something else has happened to one of its
 * files.
 */
export async function undoDiscard(
  repository: Repository,
  { branch, commit, message }: { branch: string; commit: string; message: string },
): Promise<string> {
  const ref = branchRef(branch)
  const head = (await repository.refs(ref)).get(ref)
  if (!head) throw new AppError('git.failed', `This task's repository has no branch ${branch}.`)
  const parent = await repository.line(['rev-parse', '--verify', `${checkCommit(commit)}^`])
  const taken = await rawChanges(repository, parent, commit)
  const since = await rawChanges(repository, commit, head)
  const touched = [...taken.keys()].find((path) => since.has(path))
  if (touched !== undefined)
    throw new AppError(
      'file.changed',
      `${touched} was changed after this was discarded, so it cannot be brought back by itself. Nothing was changed.`,
    )
  const edits = new Map([...taken].map(([path, { before }]) => [path, before] as const))
  return await commitEdits(repository, { branch, head, edits, message })
}

type Entry = { mode: string; oid: string }
type Sides = { before: Entry | undefined; after: Entry | undefined }

/** Every path that differs, a rename as two of them. */
async function rawChanges(
  repository: Repository,
  from: string,
  to: string,
): Promise<Map<string, Sides>> {
  const { stdout } = await repository.git([
    ...['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-ext-diff'],
    ...[checkCommit(from), checkCommit(to), '--'],
  ])
  const pieces = splitNul(stdout)
  const found = new Map<string, Sides>()
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const [before = '', after = '', oldOid = '', newOid = ''] = new TextDecoder()
      .decode(pieces[at])
      .slice(1)
      .split(' ')
    found.set(pathFromBytes(pieces[at + 1] ?? new Uint8Array()), {
      before: toEntry(before, oldOid),
      after: toEntry(after, newOid),
    })
  }
  return found
}

const toEntry = (mode: string, oid: string): Entry | undefined =>
  mode === '000000' ? undefined : { mode, oid }

/** The file with those of its hunks as they were before; undefined when nothing of it is left. */
async function withoutHunks(
  repository: Repository,
  place: { entries: Map<string, Sides>; path: string; from?: string },
  hunks: readonly HunkRange[],
): Promise<Entry | undefined> {
  const { entries, path, from } = place
  const after = entries.get(path)?.after
  const before = entries.get(from ?? path)?.before
  if (![before, after].every((side) => side === undefined || isText(side))) throw notLines(path)
  const [oldBytes, newBytes, blocks] = await Promise.all([
    readBlob(repository, before),
    readBlob(repository, after),
    changedBlocks(repository, before?.oid, after?.oid),
  ])
  if (!blocks) throw notLines(path)
  const chosen = chooseBlocks(path, blocks, hunks)
  const isAll = chosen.size === blocks.length
  // A file that is new or gone is so by one block.
  if (isAll && (!before || !after)) return before
  const content = putTogether(splitLines(oldBytes), splitLines(newBytes), { blocks, chosen })
  const oid = await repository.line(['hash-object', '-w', '--stdin'], { input: content })
  return { mode: after?.mode ?? before?.mode ?? '100644', oid }
}

const isText = ({ mode }: Entry): boolean => mode.startsWith('100')

const notLines = (path: string): AppError =>
  new AppError('file.not-text', `${path} has no lines to choose from. Discard the whole file.`)

const maxFileBytes = 64 * 1024 * 1024

async function readBlob(repository: Repository, entry: Entry | undefined): Promise<Uint8Array> {
  if (!entry) return new Uint8Array()
  const { stdout } = await repository.git(['cat-file', 'blob', entry.oid], {
    maxBytes: maxFileBytes,
  })
  return stdout
}

/** Every block that a hunk covers. A hunk that covers none, or a part of one, is not one of this file. */
function chooseBlocks(
  path: string,
  blocks: readonly LineBlock[],
  hunks: readonly HunkRange[],
): Set<LineBlock> {
  const chosen = new Set<LineBlock>()
  for (const hunk of hunks) {
    const covered = blocks.filter((block) => covers(hunk, block))
    if (covered.length === 0)
      throw new AppError(
        'request.invalid',
        `No change of ${path} lies in the lines that were named. Load the changes again.`,
      )
    for (const block of covered) chosen.add(block)
  }
  return chosen
}

function covers(hunk: HunkRange, { old, new: fresh }: LineBlock): boolean {
  const isIn = (from: number, to: number, start: number, lines: number): boolean =>
    from === to || (from >= start && to <= start + lines)
  const isOld = isIn(old.from, old.to, hunk.old_start, hunk.old_lines)
  const isNew = isIn(fresh.from, fresh.to, hunk.new_start, hunk.new_lines)
  return isOld && isNew && (old.from < old.to || fresh.from < fresh.to)
}

function putTogether(
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
  { blocks, chosen }: { blocks: readonly LineBlock[]; chosen: ReadonlySet<LineBlock> },
): Uint8Array {
  const pieces: Uint8Array[] = []
  let at = 1
  for (const block of blocks) {
    pieces.push(...after.slice(at - 1, block.new.from - 1))
    const side = chosen.has(block) ? before : after
    const { from, to } = chosen.has(block) ? block.old : block.new
    pieces.push(...side.slice(from - 1, to - 1))
    at = block.new.to
  }
  pieces.push(...after.slice(at - 1))
  return new Uint8Array(Buffer.concat(endLines(pieces)))
}

/** A last line without a newline that is not the last any more gets one, or it would run into the next. */
function endLines(lines: readonly Uint8Array[]): Uint8Array[] {
  return lines.map((line, index) =>
    index < lines.length - 1 && line.at(-1) !== newline ? new Uint8Array([...line, newline]) : line,
  )
}

const newline = 10

async function commitEdits(
  repository: Repository,
  {
    branch,
    head,
    edits,
    message,
  }: {
    branch: string
    head: string
    edits: ReadonlyMap<string, Entry | undefined>
    message: string
  },
): Promise<string> {
  const changes = [...edits].map(([path, entry]): IndexChange => {
    const name = pathToBytes(path)
    return entry ? { path: name, ...entry } : { path: name, remove: true }
  })
  const tree = await writeTree(repository, { from: head, changes, name: newId() })
  const commit = await repository.line(['commit-tree', tree, '-p', head, '-F', '-'], {
    input: new TextEncoder().encode(message),
  })
  const made = await rawChanges(repository, head, commit)
  if (made.size === 0)
    throw new AppError('request.invalid', 'That is as it was before already. Nothing was changed.')
  // A file in the place of a folder, or below a file, takes others away with it.
  const taken = [...made.keys()].find((path) => !edits.has(path))
  if (taken !== undefined)
    throw new AppError(
      'file.forbidden',
      `${taken} stands in the way of what was there before. Discard it together with the rest.`,
    )
  if (await repository.updateRefs([{ ref: branchRef(branch), to: commit, from: head }]))
    return commit
  throw new AppError(
    'file.changed',
    'The work has changed since you looked at it. Load the changes again. Nothing was changed.',
  )
}
