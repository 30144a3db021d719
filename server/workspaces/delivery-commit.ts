/**
 * What is to be pushed: the task's work brought together with what its target and its branch are by now. Everything happens in the task's
 * bare repository, and what is made gets a ref before anybody can see it: by that ref it is known again as ours.
 */
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { toText } from '#git/process.ts'
import { isAncestor } from './integrate.ts'
import { checkCommit, type Repository } from './repository.ts'

export type DeliveryInput = {
  /** Head of the task branch, and where that began. */
  head: string
  base: string
  /** Where the target is now; absent: the remote has no commit at all. */
  target?: string | undefined
  /** Where the work's own branch is at the remote; absent: it does not exist there. */
  present?: string | undefined
  /** Names of both, for messages. */
  names: { target: string; branch: string }
  /** One commit with this message; without it the commits of the task go as they are. */
  message?: string | undefined
}

export type DeliveryCommit =
  /** `conflicts` are files that its target has changed in the same lines: it is up to a person to merge them. */
  | { kind: 'ready'; commit: string; conflicts: string[] }
  /** The target has all of it already, or there was nothing. */
  | { kind: 'unchanged' }
  /** A branch of that name is somebody else's. */
  | { kind: 'taken' }
  /** Somebody changed the branch in the same lines as the newest work. */
  | { kind: 'conflict'; paths: string[] }

type Step = { commit: string } | { paths: string[] }

export async function makeDeliveryCommit(
  repository: Repository,
  input: DeliveryInput,
): Promise<DeliveryCommit> {
  const { head, base, target, present } = input
  checkCommit(head)
  if (!present && (await hasNothing(repository, input))) return { kind: 'unchanged' }
  const begun = present ? await onto(repository, input, present) : await begin(repository, input)
  if (!begun) return { kind: 'taken' }
  if ('paths' in begun) return { kind: 'conflict', paths: begun.paths }
  const brought = target
    ? await withTarget(repository, begun.commit, { ...input, target })
    : { commit: begun.commit, conflicts: [] }
  const isInTarget =
    target !== undefined && (await hasSameFiles(repository, brought.commit, target))
  if (!present && isInTarget && head !== base) return { kind: 'unchanged' }
  await remember(repository, brought.commit, head)
  return { kind: 'ready', ...brought }
}

async function hasNothing(
  repository: Repository,
  { head, base, target }: DeliveryInput,
): Promise<boolean> {
  if (await hasSameFiles(repository, head, base)) return true
  return target !== undefined && (await isAncestor(repository, head, target))
}

/** The first time: on the newest state of the target where that goes without a conflict, else where the task began. */
async function begin(
  repository: Repository,
  { head, base, target, message }: DeliveryInput,
): Promise<Step> {
  if (message === undefined) return { commit: head }
  const merged = target ? await merge(repository, target, head) : undefined
  if (target && merged && 'tree' in merged)
    return { commit: await commit(repository, { tree: merged.tree, parents: [target], message }) }
  const tree = await treeOf(repository, head)
  return { commit: await commit(repository, { tree, parents: [base], message }) }
}

/** On top of what is there: nothing that others may have seen or made is ever rewritten. Undefined for a branch that is not ours. */
async function onto(
  repository: Repository,
  { head, message, names }: DeliveryInput,
  present: string,
): Promise<Step | undefined> {
  const ours = await newestOf(repository, present)
  if (!ours) return undefined
  if (message === undefined) {
    if (await isAncestor(repository, head, present)) return { commit: present }
    if (await isAncestor(repository, present, head)) return { commit: head }
  }
  // What was pushed does not have the task's own history: the last work that went into it is where both sides began.
  const side = await commit(repository, {
    tree: await treeOf(repository, present),
    parents: [ours.head],
    message: 'What was delivered',
  })
  const merged = await merge(repository, side, head)
  if ('paths' in merged) return merged
  if (merged.tree === (await treeOf(repository, present))) return { commit: present }
  const parents = message === undefined ? [present, head] : [present]
  const text = message ?? `Bring ${names.branch} up to date\n`
  return { commit: await commit(repository, { tree: merged.tree, parents, message: text }) }
}

/** The target moved on: its newest state comes in, unless both changed the same lines. */
async function withTarget(
  repository: Repository,
  present: string,
  { target, names }: DeliveryInput & { target: string },
): Promise<{ commit: string; conflicts: string[] }> {
  if (await isAncestor(repository, target, present)) return { commit: present, conflicts: [] }
  const merged = await merge(repository, present, target)
  if ('paths' in merged) return { commit: present, conflicts: merged.paths }
  const message = `Merge branch '${names.target}' into ${names.branch}\n`
  const parents = [present, target]
  return {
    commit: await commit(repository, { tree: merged.tree, parents, message }),
    conflicts: [],
  }
}

const madePrefix = 'refs/klaudio/made/'

/** Two refs: the commit, so that it stays, and the work it was made of. */
async function remember(repository: Repository, made: string, head: string): Promise<void> {
  await repository.updateRefs([
    { ref: `${madePrefix}${made}/commit`, to: made },
    { ref: `${madePrefix}${made}/head`, to: head },
  ])
}

/** Whether the repository has made anything for a remote. */
export const hasMade = async (repository: Repository): Promise<boolean> =>
  (await repository.refs(madePrefix)).size > 0

/** The newest of our own commits that `present` is, or builds on. */
export async function newestOf(
  repository: Repository,
  present: string,
): Promise<{ commit: string; head: string } | undefined> {
  const refs = await repository.refs(madePrefix)
  let newest: { commit: string; head: string } | undefined
  for (const [name, made] of refs) {
    if (!name.endsWith('/commit') || !(await isAncestor(repository, made, present))) continue
    const head = refs.get(`${madePrefix}${made}/head`)
    if (!head) continue
    if (!newest || (await isAncestor(repository, newest.commit, made)))
      newest = { commit: made, head }
  }
  return newest
}

async function merge(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<{ tree: string } | { paths: string[] }> {
  const result = await repository.git(
    [
      ...['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages'],
      ...['--allow-unrelated-histories', checkCommit(ours), checkCommit(theirs)],
    ],
    { accept: [1] },
  )
  const [tree, ...conflicts] = splitNul(result.stdout)
  if (result.code === 0) return { tree: toText({ stdout: tree ?? new Uint8Array() }) }
  const paths = conflicts.filter((path) => path.length > 0).map(pathFromBytes)
  return { paths: [...new Set(paths)] }
}

const treeOf = (repository: Repository, commitId: string): Promise<string> =>
  repository.line(['rev-parse', '--verify', '-q', `${checkCommit(commitId)}^{tree}`])

async function hasSameFiles(repository: Repository, one: string, other: string): Promise<boolean> {
  if (one === other) return true
  const trees = [one, other].map((id) => `${checkCommit(id)}^{tree}`)
  const [left, right] = (await repository.line(['rev-parse', ...trees])).split('\n')
  return left === right
}

const commit = (
  repository: Repository,
  { tree, parents, message }: { tree: string; parents: string[]; message: string },
): Promise<string> =>
  repository.line(
    ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
    { input: new TextEncoder().encode(message) },
  )
