/** Single lines of the work: what they say, who wrote them, and where they stand now. */
import { AppError } from '#contract/errors.ts'
import { isQuotedPath } from '#git/path-bytes.ts'
import { toText } from '#git/process.ts'
import { isAncestor } from './integrate.ts'
import { changedBlocks, placeOf, splitLines } from './line-blocks.ts'
import { checkCommit, listTree, type Repository, requireCommits } from './repository.ts'
import { getEntry, readFile } from './tree.ts'

export type LinesPlace = { commit: string; path: string; line: number; endLine: number }

/** Of a text file of at most this size. */
const maxBytes = 8 * 1024 * 1024
const maxQuote = 4000

/** Throws `file.not-found`, `file.not-text`, `file.too-large`, and `request.invalid` for lines that are not there. */
export async function readLines(
  repository: Repository,
  { commit, path, line, endLine }: LinesPlace,
): Promise<{ oid: string; text: string }> {
  await requireCommits(repository, [commit])
  const { oid } = await getEntry(repository, commit, path)
  const bytes = await readFile(repository, { commit, path, maxBytes })
  if (bytes.subarray(0, 8000).includes(0))
    throw new AppError('file.not-text', `${path} is not a text, so it has no lines.`)
  const lines = splitLines(bytes)
  if (endLine < line || endLine > lines.length)
    throw new AppError(
      'request.invalid',
      `${path} has ${lines.length} lines, so there is no line ${endLine < line ? endLine : Math.max(line, endLine)} to comment on.`,
    )
  const text = new TextDecoder().decode(Buffer.concat(lines.slice(line - 1, endLine)))
  return { oid, text: text.replace(/\r?\n$/, '').slice(0, maxQuote) }
}

/** Where lines stand in `commit`, by index; undefined for those that are other ones or gone. */
export async function placeLines(
  repository: Repository,
  commit: string,
  lines: readonly { path: string; oid: string; line: number }[],
): Promise<(number | undefined)[]> {
  await requireCommits(repository, [commit])
  const present = await presentOids(repository, commit, [...new Set(lines.map(({ path }) => path))])
  const known = new Map<string, ReturnType<typeof changedBlocks>>()
  return await Promise.all(
    lines.map(async ({ path, oid, line }) => {
      const now = present.get(path)
      if (now === undefined) return undefined
      const key = `${oid} ${now}`
      const asked = known.get(key) ?? changedBlocks(repository, oid, now)
      known.set(key, asked)
      const blocks = await asked
      return blocks && placeOf(blocks, line)
    }),
  )
}

async function presentOids(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const one = paths.length === 1 && !paths.some(isQuotedPath)
  const entries = await listTree(repository, commit, ...(one ? paths : []))
  for (const { path, oid, type } of entries)
    if (type === 'file' && paths.includes(path)) found.set(path, oid)
  return found
}

/** The commit that a line comes from. */
export async function commitOfLine(
  repository: Repository,
  { commit, path, line }: Omit<LinesPlace, 'endLine'>,
): Promise<string | undefined> {
  if (isQuotedPath(path)) return undefined
  const { stdout, code } = await repository.git(
    ['blame', '--porcelain', `-L${line},${line}`, checkCommit(commit), '--', path],
    { accept: [128] },
  )
  return code === 0 ? /^[0-9a-f]{40,64}/.exec(toText({ stdout }))?.[0] : undefined
}

const agentsPrefix = 'refs/klaudio/agents/'
const strippedPrefix = 'refs/klaudio/stripped/'

/** Of agents with what they started from, oldest first: the one that made `commit`. */
export async function makerOf(
  repository: Repository,
  commit: string,
  agents: readonly { id: string; baseCommit: string | null }[],
): Promise<string | undefined> {
  const refs = await repository.git([
    ...['for-each-ref', '--format=%(refname)', `--contains=${checkCommit(commit)}`],
    ...[agentsPrefix, strippedPrefix],
  ])
  const holders = new Set(
    toText(refs)
      .split('\n')
      .map((name) => name.replace(agentsPrefix, '').replace(strippedPrefix, '').split('/')[0]),
  )
  for (const { id, baseCommit } of agents) {
    if (!holders.has(id) || baseCommit === null) continue
    if (!(await isAncestor(repository, commit, baseCommit))) return id
  }
  return undefined
}

/** Whether a path differs between two commits. */
export async function isTouched(
  repository: Repository,
  { from, to, path }: { from: string; to: string; path: string },
): Promise<boolean> {
  if (isQuotedPath(path)) return false
  const { code } = await repository.git(
    ['diff', '--quiet', '--no-ext-diff', checkCommit(from), checkCommit(to), '--', path],
    { accept: [1] },
  )
  return code === 1
}
