/**
 * All that one agent has contributed, over every round, without what it was given of others. Where its clone begins moves on when it is
 * brought up to date, so what was merged of it before is taken out of that beginning again: what is left is what it would have begun with.
 */
import { mergeTrees, preferSide } from './conflict.ts'
import { commonCommit, findHandedIn, findMerge, listMerges } from './handed-in.ts'
import { isAncestor } from './integrate.ts'
import { checkCommit, checkId, type Repository } from './repository.ts'

type Range = { from: string; to: string }

/** Undefined when it has handed in nothing. The result depends on the repository and the arguments alone. */
export async function contributionOf(
  repository: Repository,
  { agentId, baseCommit }: { agentId: string; baseCommit: string },
): Promise<Range | undefined> {
  const to = await findHandedIn(repository, agentId)
  if (!to) return undefined
  const merged = await findMerge(repository, { agentId, commit: to })
  const given = merged?.from ?? checkCommit(baseCommit)
  const start = (await commonCommit(repository, given, to)) ?? to
  let from = start
  for (const merge of await mergesWithin(repository, agentId, start))
    from = await without(repository, from, merge)
  if (from !== start)
    await repository.updateRefs([
      { ref: `refs/klaudio/given/${checkId(agentId)}/${from}`, to: from },
    ])
  return { from, to }
}

/** Merges of this agent's work that `commit` has, newest first. */
async function mergesWithin(
  repository: Repository,
  agentId: string,
  commit: string,
): Promise<Range[]> {
  const found: (Range & { age: number })[] = []
  for (const merge of await listMerges(repository, agentId)) {
    if (!(await isAncestor(repository, merge.to, commit))) continue
    // Of two that follow each other the later one has more behind it.
    const age = Number(await repository.line(['rev-list', '--count', merge.to, '--']))
    found.push({ ...merge, age })
  }
  return found.toSorted((a, b) => b.age - a.age)
}

/** A commit on `commit` that takes back what `merge` did to the branch, but for lines that were changed again since. */
async function without(repository: Repository, commit: string, merge: Range): Promise<string> {
  const tree = await repository.line(['rev-parse', '--verify', `${merge.from}^{tree}`])
  const undone = await commitTree(repository, { tree, parent: merge.to })
  const both = await mergeTrees(repository, { ours: commit, theirs: undone })
  const left = both.isClean
    ? both.tree
    : await preferSide(repository, { merge: both, side: 'ours' })
  return await commitTree(repository, { tree: left, parent: commit })
}

const commitTree = (
  repository: Repository,
  { tree, parent }: { tree: string; parent: string },
): Promise<string> => {
  const env = { GIT_AUTHOR_DATE: '@1 +0000', GIT_COMMITTER_DATE: '@1 +0000' }
  const message = 'What an agent was given'
  return repository.line(['commit-tree', tree, '-p', parent, '-m', message], { env })
}
