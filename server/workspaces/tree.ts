import { AppError } from '#contract/errors.ts'
import { formatBundleHead } from '#git/bundle.ts'
import { isQuotedPath } from '#git/path-bytes.ts'
import { boundaryOf, boundaryRef } from './boundary.ts'
import { branchRef, checkCommit, type FoundEntry, listTree, type Repository } from './repository.ts'
import type { DiffOptions, OpenFile, PackOptions } from './workspaces.ts'

/** The file, link or submodule at `path`. Throws `file.not-found`. */
export async function getEntry(
  repository: Repository,
  commit: string,
  path: string,
): Promise<FoundEntry> {
  const entry = await findEntry(repository, commit, path)
  if (entry) return entry
  throw new AppError('file.not-found', `There is no file ${path}.`)
}

export async function findEntry(
  repository: Repository,
  commit: string,
  path: string,
): Promise<FoundEntry | undefined> {
  // No tree holds such a name, and git would go looking for it elsewhere.
  if (path.includes('\0') || path.split('/').some((name) => /^\.{0,2}$/.test(name)))
    return undefined
  const only = isQuotedPath(path) ? [] : [path]
  return (await listTree(repository, commit, ...only)).find((entry) => entry.path === path)
}

/** Content of a file; of a link, the path it points to. */
export async function readFile(
  repository: Repository,
  { commit, path, maxBytes }: { commit: string; path: string; maxBytes: number },
): Promise<Uint8Array> {
  const entry = await getEntry(repository, commit, path)
  if (entry.type === 'submodule')
    throw new AppError('file.not-found', `${path} is a submodule, not a file.`)
  if (entry.sizeBytes > maxBytes)
    throw new AppError('file.too-large', `${path} is larger than ${maxBytes} bytes.`, {
      details: { size: entry.sizeBytes, limit: maxBytes },
    })
  const found = await repository.git(['cat-file', 'blob', entry.oid], { maxBytes: maxBytes + 1 })
  return found.stdout
}

/** Throws `file.not-found` for a submodule too. */
export async function openFile(
  repository: Repository,
  commit: string,
  path: string,
): Promise<OpenFile> {
  const { oid, sizeBytes, type } = await getEntry(repository, commit, path)
  if (type === 'submodule')
    throw new AppError('file.not-found', `${path} is a submodule, not a file.`)
  return {
    sizeBytes,
    oid,
    read: ({ from, to } = { from: 0, to: sizeBytes }) =>
      cut(repository.stream(['cat-file', 'blob', oid], { timeoutMs: downloadMs }), { from, to }),
  }
}

/** A slow reader holds git, and git must not be ended under him. */
const downloadMs = 6 * 60 * 60 * 1000

/** Bytes `from` to `to` (exclusive) of what comes, no byte more than needed taken. */
async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  { from, to }: { from: number; to: number },
): AsyncIterable<Uint8Array> {
  if (from >= to) return
  let at = 0
  for await (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += chunk.length
    if (piece.length > 0) yield piece
    if (at >= to) return
  }
}

/**
 * A gzipped tar of a commit's files. The folder in front of every name keeps a file that is called like an option or a
 * home directory from meaning anything where it is unpacked.
 */
export function packFiles(
  repository: Repository,
  { commit, prefix, paths = [], without }: PackOptions,
): AsyncIterable<Uint8Array> {
  const selected = paths.length > 0 ? paths.map((path) => `:(top,literal)${path}`) : ['.']
  return repository.stream(
    [
      ...['archive', '--format=tar.gz', `--prefix=${prefix}/`, checkCommit(commit), '--'],
      ...selected,
      ...(without === undefined ? [] : [`:(top,exclude,literal)${without}`]),
    ],
    {
      timeoutMs: downloadMs,
      // The words in front of the names say how each is meant; the names themselves stay literal.
      env: { GIT_LITERAL_PATHSPECS: '0' },
      config: [['tar.tar.gz.command', 'git archive gzip']],
    },
  )
}

const defaultDiffBytes = 1024 * 1024

export async function diffText(
  repository: Repository,
  {
    from,
    to,
    path,
    oldPath,
    maxBytes = defaultDiffBytes,
    contextLines = 3,
  }: { from: string; to: string } & DiffOptions,
): Promise<string> {
  const paths = [oldPath, path].filter((each) => each !== undefined)
  const { stdout, truncated } = await repository.git(
    [
      ...['diff', '--no-color', '--no-ext-diff', '--no-textconv', '-M', '--submodule=short'],
      ...[`-U${contextLines}`, checkCommit(from), checkCommit(to), '--'],
      ...paths,
    ],
    { maxBytes, truncate: true },
  )
  const text = new TextDecoder().decode(stdout)
  if (!truncated) return text
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return `${whole}[cut after ${maxBytes} bytes]\n`
}

/**
 * A whole bundle, or a thin one on top of `since`. Built by hand: no ref has to exist under the branch's name. A whole one names the
 * commits at which its history ends in the middle.
 */
export async function makeBundle(
  repository: Repository,
  { commit, since, branch }: { commit: string; since?: string; branch: string },
): Promise<Uint8Array> {
  branchRef(branch)
  const revisions = [checkCommit(commit), ...(since ? [`^${checkCommit(since)}`] : []), ''].join(
    '\n',
  )
  const { stdout: pack } = await repository.git(
    [
      'pack-objects',
      '--stdout',
      '--revs',
      '--delta-base-offset',
      '-q',
      ...(since ? ['--thin'] : []),
    ],
    { input: new TextEncoder().encode(revisions), maxBytes: maxBundleBytes },
  )
  const ends = since ? [] : await boundaryOf(repository, commit)
  const others = ends.map((end, index) => ({ commit: end, name: boundaryRef(index) }))
  const head = formatBundleHead({ commit, branch, others, ...(since ? { since } : {}) })
  const bundle = new Uint8Array(head.length + pack.length)
  bundle.set(head)
  bundle.set(pack, head.length)
  return bundle
}

const maxBundleBytes = 2 * 1024 * 1024 * 1024
