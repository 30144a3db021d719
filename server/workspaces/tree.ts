import { AppError } from '#contract/errors.ts'
import { formatBundleHead } from '#git/bundle.ts'
import { isQuotedPath } from '#git/path-bytes.ts'
import { branchRef, checkCommit, type FoundEntry, listTree, type Repository } from './repository.ts'

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
  const only = isQuotedPath(path) ? undefined : path
  return (await listTree(repository, commit, only)).find((entry) => entry.path === path)
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

const defaultDiffBytes = 1024 * 1024

export async function diffText(
  repository: Repository,
  {
    from,
    to,
    path,
    maxBytes = defaultDiffBytes,
  }: { from: string; to: string; path?: string; maxBytes?: number },
): Promise<string> {
  const { stdout, truncated } = await repository.git(
    [
      ...['diff', '--no-color', '--no-ext-diff', '--no-textconv', '-M', '--submodule=short'],
      ...[checkCommit(from), checkCommit(to), '--'],
      ...(path === undefined ? [] : [path]),
    ],
    { maxBytes, truncate: true },
  )
  const text = new TextDecoder().decode(stdout)
  if (!truncated) return text
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return `${whole}[cut after ${maxBytes} bytes]\n`
}

/** A whole bundle, or a thin one on top of `since`. Built by hand: no ref has to exist under the branch's name. */
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
  const head = formatBundleHead({ commit, branch, ...(since ? { since } : {}) })
  const bundle = new Uint8Array(head.length + pack.length)
  bundle.set(head)
  bundle.set(pack, head.length)
  return bundle
}

const maxBundleBytes = 2 * 1024 * 1024 * 1024
