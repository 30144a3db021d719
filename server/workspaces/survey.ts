/** A commit read as a whole, to be described: the list of its files and the text of a few. Bounded, and nothing of it is run. */
import { nulRecords, pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { GitError } from '#git/process.ts'
import { checkCommit, type FoundEntry, parseTreeEntry, type Repository } from './repository.ts'

export type Survey = {
  entries: readonly FoundEntry[]
  /** There are more files than were listed. */
  isCut: boolean
  /** Texts of regular files that are small enough, by path; what is not there, too large or a link is left out. */
  read(paths: readonly string[]): Promise<Map<string, string>>
  /** Paths that differ from an older commit; undefined when that is not there any more. */
  changedSince(commit: string): Promise<string[] | undefined>
}

const maxEntries = 200_000
const maxFileBytes = 256 * 1024
const maxReadBytes = 4 * 1024 * 1024
const maxDiffBytes = 16 * 1024 * 1024
const timeoutMs = 20_000

export async function surveyTree(
  repository: Repository,
  commit: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Survey> {
  const options = { timeoutMs, ...(signal ? { signal } : {}) }
  const entries: FoundEntry[] = []
  let isCut = false
  const list = ['ls-tree', '-r', '-z', '-l', '--full-tree', checkCommit(commit)]
  for await (const record of nulRecords(repository.stream(list, options))) {
    const entry = parseTreeEntry(record)
    if (!entry) continue
    isCut = entries.length === maxEntries
    if (isCut) break
    entries.push(entry)
  }
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return {
    entries,
    isCut,
    async read(paths) {
      const wanted = withinBounds(
        paths.flatMap((path) => {
          const entry = byPath.get(path)
          return entry?.type === 'file' ? [entry] : []
        }),
      )
      const input = new TextEncoder().encode(wanted.map(({ oid }) => `${oid}\n`).join(''))
      const { stdout } = await repository.git(['cat-file', '--batch'], { ...options, input })
      const contents = parseBatch(stdout)
      return new Map(
        wanted.map(({ path }, index) => [path, new TextDecoder().decode(contents[index])]),
      )
    },
    async changedSince(older) {
      const compare = ['diff-tree', '-r', '-z', '--name-only', '--no-ext-diff', '--no-textconv']
      try {
        const { stdout } = await repository.git(
          [...compare, checkCommit(older), checkCommit(commit), '--'],
          { ...options, maxBytes: maxDiffBytes, truncate: true },
        )
        return splitNul(stdout).map(pathFromBytes)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof GitError) return undefined
        throw error
      }
    },
  }
}

/** As many as fit, in the order they were asked for. */
function withinBounds(entries: readonly FoundEntry[]): FoundEntry[] {
  let total = 0
  return entries.filter(({ sizeBytes }) => {
    if (sizeBytes > maxFileBytes || total + sizeBytes > maxReadBytes) return false
    total += sizeBytes
    return true
  })
}

/** git-cat-file(1), `--batch`: `<oid> <type> <size>` newline, content, newline. */
function parseBatch(bytes: Uint8Array): Uint8Array[] {
  const contents: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    if (end < 0) break
    const [, , size = ''] = new TextDecoder().decode(bytes.subarray(at, end)).split(' ')
    const length = Number(size) || 0
    contents.push(bytes.subarray(end + 1, end + 1 + length))
    // An object that is missing has no content and no newline behind it.
    at = end + 1 + (size === '' ? 0 : length + 1)
  }
  return contents
}
