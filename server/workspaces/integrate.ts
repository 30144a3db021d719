import { AppError } from '#contract/errors.ts'
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { type Conflict, markConflict, mergeTrees, preferSide } from './conflict.ts'
import { commonCommit } from './handed-in.ts'
import { heldBack, withPointers } from './pointers.ts'
import { type IsPrivate, touchesPrivate, withoutPrivate } from './private-paths.ts'
import { branchRef, checkCommit, checkId, type Repository } from './repository.ts'
import type { Integration } from './workspaces.ts'

export type IntegrateInput = {
  branch: string
  agentId: string
  commit: string
  message: string
  /** Which side wins where both changed the same lines; such a merge has no conflict. */
  prefer?: 'ours' | 'theirs'
  isPrivate: IsPrivate
}

const attempts = 5

/**
 * Brings a commit into the task branch: a fast-forward where possible, a merge commit otherwise. The branch moves by
 * compare-and-swap together with a note of what came of this commit, so that asking again gives the same answer.
 */
export async function integrateCommit(
  repository: Repository,
  input: IntegrateInput,
): Promise<Integration> {
  checkCommit(input.commit)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const result = await integrateOnce(repository, input)
    if (result) return result
  }
  throw new AppError(
    'git.failed',
    'The task branch kept moving while work was being merged. Try again.',
  )
}

/** Of a merge that was made before: the same answer again. */
async function repeated(
  repository: Repository,
  { before, after, commit }: { before: string; after: string; commit: string },
): Promise<Integration> {
  const base = await commonCommit(repository, before, commit)
  const submodules = base === undefined ? [] : await heldBack(repository, { base, commit })
  const changedFiles = await changedPaths(repository, before, after)
  return toMerged({ mergedCommit: after, changedFiles }, submodules)
}

const toMerged = (
  merged: { mergedCommit: string; changedFiles: string[] },
  submodules: string[],
): Integration => ({
  ...{ kind: 'merged', ...merged },
  ...(submodules.length > 0 && { heldBack: submodules }),
})

/** Undefined when the branch moved meanwhile. */
async function integrateOnce(
  repository: Repository,
  { branch, agentId, commit, message, prefer, isPrivate }: IntegrateInput,
): Promise<Integration | undefined> {
  const ref = branchRef(branch)
  const note = `refs/klaudio/integrated/${checkId(agentId)}/${commit}`
  const refs = await repository.refs(ref, note, strippedPrefix(agentId))
  const head = refs.get(ref)
  if (!head) throw new AppError('git.failed', `This task's repository has no branch ${branch}.`)
  const [before, after] = [refs.get(`${note}/before`), refs.get(`${note}/after`)]
  // A crash between refs may leave a note of a merge that never reached the branch.
  if (before && after && (await isAncestor(repository, after, head)))
    return await repeated(repository, { before, after, commit })

  const [base, isTouching] = await Promise.all([
    commonCommit(repository, head, commit),
    touchesPrivate(repository, { since: head, commit, isPrivate }),
  ])
  if (!base)
    return {
      kind: 'refused',
      reason:
        "The agent's history has nothing in common with the task's: it began a new repository.",
    }
  const stripped = isTouching
    ? await strip(repository, { agentId, commit, message, isPrivate, base, refs })
    : commit
  const put = await withPointers(repository, { base, commit: stripped })
  const work = put.commit
  // Of two commits that follow each other the older one is what they have in common.
  const isUnchanged = work === commit
  if (isUnchanged ? base === commit : await isAncestor(repository, work, head))
    return toMerged({ mergedCommit: head, changedFiles: [] }, put.heldBack)

  const isAhead = isUnchanged ? base === head : await isAncestor(repository, head, work)
  const next: Combined = isAhead
    ? { kind: 'clean', commit: work, changedFiles: await changedPaths(repository, head, work) }
    : await combine(repository, {
        ...{ head, work, message, agentId },
        ...(prefer && { prefer }),
      })
  if (next.kind === 'conflict') return next
  const { commit: to, changedFiles } = next
  if (to === head) return toMerged({ mergedCommit: head, changedFiles }, put.heldBack)
  const moved = await repository.updateRefs([
    { ref, to, from: head },
    { ref: `${note}/before`, to: head },
    { ref: `${note}/after`, to },
    ...(work === commit ? [] : [{ ref: strippedRef(agentId, commit), to: work }]),
  ])
  return moved ? toMerged({ mergedCommit: to, changedFiles }, put.heldBack) : undefined
}

const strippedPrefix = (agentId: string): string => `refs/klaudio/stripped/${checkId(agentId)}/`
const strippedRef = (agentId: string, commit: string): string =>
  `${strippedPrefix(agentId)}${commit}`

/** Its work without private paths, on top of what was merged of it before. */
async function strip(
  repository: Repository,
  {
    agentId,
    base,
    refs,
    ...from
  }: Pick<IntegrateInput, 'agentId' | 'commit' | 'message' | 'isPrivate'> & {
    base: string
    refs: ReadonlyMap<string, string>
  },
): Promise<string> {
  const { commit } = from
  const earlier = await earlierWork(repository, { prefix: strippedPrefix(agentId), refs, commit })
  return await withoutPrivate(repository, { ...from, base: earlier ?? base })
}

/** What an earlier commit of this agent was merged as, when its private paths had to be taken out. */
async function earlierWork(
  repository: Repository,
  { prefix, refs, commit }: { prefix: string; refs: ReadonlyMap<string, string>; commit: string },
): Promise<string | undefined> {
  let newest: { original: string; work: string } | undefined
  for (const [name, work] of refs) {
    if (!name.startsWith(prefix)) continue
    const original = name.slice(prefix.length)
    if (original === commit || !(await isAncestor(repository, original, commit))) continue
    if (!newest || (await isAncestor(repository, newest.original, original)))
      newest = { original, work }
  }
  return newest?.work
}

type Combined =
  | { kind: 'clean'; commit: string; changedFiles: string[] }
  | ({ kind: 'conflict' } & Conflict)

/** A merge of two commits of which neither follows the other. */
async function combine(
  repository: Repository,
  {
    head,
    work,
    message,
    agentId,
    prefer,
  }: Pick<IntegrateInput, 'message' | 'agentId' | 'prefer'> & {
    head: string
    work: string
  },
): Promise<Combined> {
  const sides = { ours: head, theirs: work }
  const merge = await mergeTrees(repository, sides)
  if (!merge.isClean && prefer === undefined)
    return { kind: 'conflict', ...(await markConflict(repository, { agentId, sides, merge })) }
  const tree =
    merge.isClean || prefer === undefined
      ? merge.tree
      : await preferSide(repository, { merge, side: prefer })
  const [commit, changedFiles] = await Promise.all([
    repository.line(['commit-tree', tree, '-p', head, '-p', work, '-F', '-'], {
      input: new TextEncoder().encode(message),
    }),
    changedPaths(repository, head, tree),
  ])
  return { kind: 'clean', commit: changedFiles.length > 0 ? commit : head, changedFiles }
}

/** By the name it has in `to`; a file that was moved is one. Each of the two is a commit or a tree. */
async function changedPaths(repository: Repository, from: string, to: string): Promise<string[]> {
  const names = ['diff-tree', '-r', '-z', '-M', '--name-only', '--no-ext-diff']
  const { stdout } = await repository.git([...names, checkCommit(from), checkCommit(to), '--'])
  return splitNul(stdout).map(pathFromBytes)
}

export async function isAncestor(
  repository: Repository,
  older: string,
  newer: string,
): Promise<boolean> {
  if (older === newer) return true
  const answer = await repository.git(['merge-base', '--is-ancestor', older, newer], {
    accept: [1],
  })
  return answer.code === 0
}
