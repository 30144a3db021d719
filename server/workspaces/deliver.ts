/**
 * The way out of a task's repository: what the remote has now, the commit to push, and the push. One branch goes to the address on
 * record, never over anything else; the token is in the environment of git and nowhere besides.
 */
import { rm } from 'node:fs/promises'
import { AppError } from '#contract/errors.ts'
import type { TaskSource } from '#contract/task.ts'
import { redact } from '#git/credentials.ts'
import { type GitLogin, secretOf, withLogin } from '#git/login.ts'
import { GitError, type GitOptions } from '#git/process.ts'
import { readBoundary } from './boundary.ts'
import { deepeningSteps, type FromRemote, fetchPart, isTogether, tooFarApart } from './deepen.ts'
import { hasMade, makeDeliveryCommit, newestOf } from './delivery-commit.ts'
import { explainLocalFailure, requireDirectory, trustConfig } from './local-source.ts'
import { readFacts } from './prepare.ts'
import { type RemoteRefs, readRemoteRefs } from './remote-refs.ts'
import { branchRef, checkCommit, type Repository } from './repository.ts'
import { explainRemoteFailure, parseRemote } from './source.ts'

export type Destination = {
  source: Extract<TaskSource, { kind: 'git' | 'local' }>
  login?: GitLogin | undefined
  signal?: AbortSignal | undefined
}

export type PlanInput = Destination & {
  /** The task branch, in its own repository. */
  branch: string
  /** What it is called at the remote. */
  workBranch: string
  /** The branch the task started from when absent. */
  target?: string | undefined
  /** For one commit that has all of it. */
  message?: string | undefined
}

/** `target` is the name of the branch it is meant for. */
export type DeliveryPlan =
  | { kind: 'unchanged'; target: string }
  | {
      kind: 'ready'
      target: string
      commit: string
      /** What the branch is at the remote; null when it is not there. The same as `commit` when all of it is there already. */
      present: string | null
      /** Commits that the target does not have. */
      commits: number
      /** Files that the target has changed in the same lines. */
      conflicts: string[]
    }
  | { kind: 'taken'; target: string }
  | { kind: 'conflict'; target: string; paths: string[] }

const networkTimeoutMs = 30 * 60_000
const here = 'refs/klaudio/remote'

/** Throws `delivery.refused` for what a person has to change, `source.invalid` and `source.unreachable`. */
export async function planDelivery(
  repository: Repository,
  input: PlanInput,
  steps: readonly number[] = deepeningSteps,
): Promise<DeliveryPlan> {
  const ref = branchRef(input.workBranch)
  return await atRemote(repository, input, async (url, options) => {
    const remote = await readRemoteRefs(repository, url, options)
    const { base, default: begun = 'main' } = await readFacts(repository)
    const target = input.target ?? begun
    const targetRef = branchRef(target)
    const isEmpty = remote.refs.size === 0
    if (ref === targetRef || ref === remote.head || input.workBranch === input.source.ref)
      throw refused(
        `Klaudio never pushes to "${input.workBranch}": it is not a branch of the task's own. Choose another work_branch.`,
      )
    if (!isEmpty && !remote.refs.has(targetRef))
      throw refused(`${url} has no branch "${target}". Choose another pr_target.`)
    const head = (await repository.refs()).get(branchRef(input.branch))
    if (!head || !base) throw new AppError('git.failed', "This task's repository is damaged.")
    const bringing = { remote, url, options, steps, head, target, begun: branchRef(begun) }
    const at = await bring(repository, { ...bringing, names: { target: targetRef, present: ref } })
    const made = await makeDeliveryCommit(repository, {
      ...{ head, base, target: at.get(targetRef), present: at.get(ref), message: input.message },
      names: { target, branch: input.workBranch },
    })
    if (made.kind !== 'ready') return { ...made, target }
    const commits = await countCommits(repository, made.commit, at.get(targetRef))
    return { ...made, target, present: at.get(ref) ?? null, commits }
  })
}

type Bringing = FromRemote & {
  remote: RemoteRefs
  names: { target: string; present: string }
  steps: readonly number[]
  /** The task's own. */
  head: string
  /** As a person calls it. */
  target: string
  /** The ref that the task was begun from. */
  begun: string
}

/** The commits of both branches, where the remote has them, with what it takes to merge them. */
async function bring(repository: Repository, bringing: Bringing): Promise<Map<string, string>> {
  const { remote, names, steps, begun } = bringing
  const isPart = (await readBoundary(repository)).size > 0
  const wanted = [names.target, names.present]
  const known = new Set((await repository.refs()).values())
  const there = wanted.filter((name) => remote.refs.has(name))
  const found = new Map(there.map((name) => [name, remote.refs.get(name) ?? '']))
  const missing = there.filter((name) => !known.has(found.get(name) ?? ''))
  const takeFetched = async (branches: readonly string[]): Promise<void> => {
    const fetched = await repository.refs(here)
    for (const name of branches) found.set(name, fetched.get(`${here}/${name}`) ?? '')
  }
  if (!isPart) {
    if (missing.length > 0) await fetchWhole(repository, missing, bringing)
    await takeFetched(missing)
    return found
  }
  if (missing.length === 0 && (await isEnough(repository, found, bringing))) return found
  const branches = [...new Set([...there, ...(remote.refs.has(begun) ? [begun] : [])])]
  if (branches.length === 0) return found
  for (const depth of steps) {
    await fetchPart(repository, { ...bringing, branches, into: here, depth })
    await takeFetched(there)
    if (await isEnough(repository, found, bringing)) return found
  }
  throw tooFarApart(bringing.target, steps)
}

/** What a ref here names is not fetched again. */
async function fetchWhole(
  repository: Repository,
  branches: readonly string[],
  { url, options }: FromRemote,
): Promise<void> {
  await repository.git(
    [
      ...['fetch', '-q', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', url],
      ...branches.map((name) => `+${name}:${here}/${name}`),
    ],
    options,
  )
}

/** Whether the part of the history that is here is enough to say what has to be merged. */
async function isEnough(
  repository: Repository,
  found: ReadonlyMap<string, string>,
  { names, head }: Bringing,
): Promise<boolean> {
  const [target, present] = [found.get(names.target), found.get(names.present)]
  const isOurs = present !== undefined && (await hasMade(repository))
  if (isOurs && !(await newestOf(repository, present))) return false
  if (target === undefined) return true
  if (!(await isTogether(repository, head, target))) return false
  return !isOurs || (await isTogether(repository, present, target))
}

/**
 * False when the branch is not `present` any more. Asked again after it worked, it works again. Throws `delivery.refused` with what the
 * remote said.
 */
export async function pushDelivery(
  repository: Repository,
  input: Destination & { workBranch: string; commit: string; present: string | null },
): Promise<boolean> {
  const ref = branchRef(input.workBranch)
  checkCommit(input.commit)
  if (input.present !== null) checkCommit(input.present)
  return await atRemote(repository, input, async (url, options) => {
    const result = await repository.git(
      [
        ...['push', '--porcelain', '--no-verify', '--no-follow-tags', '--no-signed'],
        ...['--recurse-submodules=no', `--force-with-lease=${ref}:${input.present ?? ''}`],
        ...['--', url, `${input.commit}:${ref}`],
      ],
      { ...options, accept: [1] },
    )
    if (result.code === 0) return true
    const lines = new TextDecoder().decode(result.stdout).split('\n')
    const [, , reason = ''] = lines.find((line) => line.startsWith('!'))?.split('\t') ?? []
    if (/stale info|fetch first|non-fast-forward|reference already exists/.test(reason))
      return false
    throw refused(explainPush(url, reason, redact(result.stderr, secretOf(input.login))))
  })
}

/** With the address on record, what it takes to talk to it, and failures that say what to do. */
async function atRemote<T>(
  repository: Repository,
  { source, login, signal }: Destination,
  work: (url: string, options: Omit<GitOptions, 'dir'>) => Promise<T>,
): Promise<T> {
  const common = { timeoutMs: networkTimeoutMs, ...(signal ? { signal } : {}) }
  if (source.kind === 'local') {
    const path = await requireDirectory(source.path)
    const trust = await trustConfig(repository, path)
    try {
      const env = { GIT_CONFIG_GLOBAL: trust }
      return await work(path, { ...common, env, protocols: ['file'] })
    } catch (error) {
      throw explainLocalFailure(error, path)
    } finally {
      await rm(trust, { force: true })
    }
  }
  const remote = parseRemote(source.url, { login })
  try {
    return await withLogin({ url: remote.url, login }, (options) =>
      work(remote.url, { ...common, ...options, protocols: [remote.protocol] }),
    )
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    throw explainRemoteFailure(error, remote, login !== undefined)
  }
}

async function countCommits(
  repository: Repository,
  commit: string,
  target: string | undefined,
): Promise<number> {
  const without = target ? [`^${checkCommit(target)}`] : []
  return Number(await repository.line(['rev-list', '--count', checkCommit(commit), ...without]))
}

const refused = (sentence: string): AppError => new AppError('delivery.refused', sentence)

const maxSaid = 400

/** What a server says of a push comes as lines that begin with `remote:`. */
function explainPush(url: string, reason: string, stderr: string): string {
  const said = stderr
    .split('\n')
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.slice('remote:'.length).trim())
    .filter(Boolean)
    .join(' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
    .replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')
  const short = said.length <= maxSaid ? said : `${said.slice(0, maxSaid - 1)}…`
  const what = reason.replace(/^\[[^\]]*\]\s*/, '') || 'it gave no reason'
  return `${url} refused the branch: ${what}.${short ? ` It says: ${short}` : ''} Change what it complains about, or its rules for this branch, and deliver again.`
}
