import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { splitNul } from '#git/path-bytes.ts'
import type { Repository } from './repository.ts'

/** One file in a tree. Paths are bytes here, so that any name survives. */
export type IndexEntry = { path: Uint8Array; mode: string; oid: string }
export type IndexChange = IndexEntry | { path: Uint8Array; remove: true }

/** Entries of `commit` at or below the given top-level names. */
export async function readEntries(
  repository: Repository,
  commit: string,
  names: string[],
): Promise<IndexEntry[]> {
  const { stdout } = await repository.git([
    ...['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...names],
  ])
  return splitNul(stdout).map((record) => {
    const tab = record.indexOf(9)
    const [mode = '', , oid = ''] = new TextDecoder().decode(record.subarray(0, tab)).split(' ')
    return { path: record.subarray(tab + 1), mode, oid }
  })
}

/** Tree of `from` with the changes made, through an index of its own: there is no working tree to touch. */
export async function writeTree(
  repository: Repository,
  { from, changes, name }: { from: string; changes: readonly IndexChange[]; name: string },
): Promise<string> {
  const file = join(repository.dir, `index-${name}`)
  const env = { GIT_INDEX_FILE: file }
  try {
    await repository.git(['read-tree', from], { env })
    await repository.git(['update-index', '-z', '--index-info'], { env, input: encode(changes) })
    return await repository.line(['write-tree'], { env })
  } finally {
    await rm(file, { force: true })
    await rm(`${file}.lock`, { force: true })
  }
}

function encode(changes: readonly IndexChange[]): Uint8Array {
  const lines = changes.map((change) => {
    const head = 'remove' in change ? `0 ${'0'.repeat(40)}\t` : `${change.mode} ${change.oid}\t`
    return Buffer.concat([Buffer.from(head), change.path, Buffer.of(0)])
  })
  return new Uint8Array(Buffer.concat(lines))
}
