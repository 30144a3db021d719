import type { AppError } from '#contract/errors.ts'
import { GitError, type GitOptions, toText } from '#git/process.ts'
import type { Repository } from './repository.ts'
import { invalid } from './source.ts'

export type RemoteRefs = {
  /** Object by full ref name, `HEAD` included. */
  refs: Map<string, string>
  /** The ref that HEAD stands for. */
  head: string | undefined
}

/** What to fetch, with the branch of the source that the work belongs to. */
export type Choice =
  | { kind: 'ref'; name: string; branch: string }
  | { kind: 'commit'; name: string; branch: string }
  | { kind: 'empty' }

export async function readRemoteRefs(
  repository: Repository,
  from: string,
  options: Omit<GitOptions, 'dir'>,
): Promise<RemoteRefs> {
  return parseRemoteRefs(toText(await repository.git(['ls-remote', '--symref', from], options)))
}

/** Output of `ls-remote --symref`. */
function parseRemoteRefs(text: string): RemoteRefs {
  const refs = new Map<string, string>()
  let head: string | undefined
  for (const line of text.split('\n')) {
    const [left = '', name = ''] = line.split('\t')
    if (!name) continue
    if (!left.startsWith('ref: ')) refs.set(name, left)
    else if (name === 'HEAD') head = left.slice('ref: '.length)
  }
  return { refs, head }
}

/** Throws `source.invalid` when the source has nothing of that name. `where` is for the sentence. */
export function chooseRef(
  { refs, head }: RemoteRefs,
  { ref, where }: { ref?: string | undefined; where: string },
): Choice {
  const branch = head?.startsWith('refs/heads/') ? head.slice('refs/heads/'.length) : 'main'
  if (ref === undefined) {
    if (refs.size === 0) return { kind: 'empty' }
    if (!refs.has('HEAD'))
      throw invalid(`${where} has no default branch. Say which branch to start from.`)
    return { kind: 'ref', name: head ?? 'HEAD', branch }
  }
  if (refs.has(`refs/heads/${ref}`)) return { kind: 'ref', name: `refs/heads/${ref}`, branch: ref }
  if (refs.has(`refs/tags/${ref}`)) return { kind: 'ref', name: `refs/tags/${ref}`, branch }
  if (ref.startsWith('refs/') && refs.has(ref)) return { kind: 'ref', name: ref, branch }
  if (/^[0-9a-f]{7,64}$/.test(ref)) return { kind: 'commit', name: ref, branch }
  throw noSuchRef(ref, where)
}

type Fetching = Omit<GitOptions, 'dir'> & {
  from: string
  target: string
  /** Only so many commits of every line of history; all of it when absent. */
  depth?: number | undefined
}

/**
 * Fetches the choice to `target` and returns the commit it names. Throws `source.invalid` when there is none, and `WholeOnly` when the
 * remote gives out no part of a history.
 */
export async function fetchChoice(
  repository: Repository,
  choice: Exclude<Choice, { kind: 'empty' }>,
  { from, target, depth, ...options }: Fetching,
): Promise<string> {
  const talk = options.onProgress ? '--progress' : '-q'
  const part = depth === undefined ? [] : [`--depth=${depth}`]
  const plain = ['--no-tags', '--no-write-fetch-head', from]
  const fetch = (...specs: string[]) =>
    repository
      .git(['fetch', talk, ...part, ...plain, ...specs], options)
      .catch((error: unknown) => {
        if (depth !== undefined && error instanceof GitError && isWholeOnly(error))
          throw new WholeOnly('the remote gives out no part of it')
        throw error
      })
  if (choice.kind === 'ref') {
    await fetch(`+${choice.name}:${target}`)
    return getFetched(repository, target, from)
  }
  const isWhole = choice.name.length === 40 || choice.name.length === 64
  const direct = isWhole && (await fetch(`+${choice.name}:${target}`).catch(onlyGit))
  if (direct) return getFetched(repository, target, from)
  if (depth !== undefined) throw new WholeOnly('the remote gives out no single commit')
  // Not every server hands out a commit by its id, and none a short one: look through all branches and tags.
  const everything = 'refs/klaudio/all'
  await fetch(`+refs/heads/*:${everything}/heads/*`, `+refs/tags/*:${everything}/tags/*`)
  const commit = await peel(repository, choice.name)
  const holder = ['for-each-ref', '--count=1', `--contains=${commit}`, everything]
  if (commit && (await repository.line(holder))) return commit
  throw noSuchRef(choice.name, from)
}

/** Asked for the newest of a history, a remote has all of it or nothing. The message is its reason, without a name in front. */
export class WholeOnly extends Error {
  override name = 'WholeOnly'
}

/** In the words of git's transports: plain files over http, and old servers. */
const isWholeOnly = ({ stderr }: GitError): boolean =>
  /does not support (shallow|--depth|--deepen)/i.test(stderr)

async function getFetched(repository: Repository, target: string, from: string): Promise<string> {
  const commit = await peel(repository, target)
  if (commit) return commit
  // Git leaves out, and says nothing of, what a shallow clone has only the end of.
  const refs = await repository.refs(target)
  throw invalid(
    refs.size > 0
      ? `What was asked for in ${from} is not a commit.`
      : `${from} is a shallow clone. Run "git fetch --unshallow" in it first.`,
  )
}

const peel = (repository: Repository, name: string): Promise<string | undefined> =>
  repository.line(['rev-parse', '--verify', '-q', `${name}^{commit}`]).catch(onlyGit)

function onlyGit(error: unknown): undefined {
  if (!(error instanceof GitError)) throw error
}

const noSuchRef = (ref: string, where: string): AppError =>
  invalid(`${where} has no branch, tag or commit "${ref}".`)
