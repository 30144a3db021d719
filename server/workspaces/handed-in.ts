/** What agents handed in, read from the refs that `receive` and `integrate` keep. */
import { toText } from '#git/process.ts'
import { agentRef, branchRef, checkCommit, checkId, type Repository } from './repository.ts'
import type { HandedIn } from './workspaces.ts'

const agentsPrefix = 'refs/klaudio/agents/'
const notesPrefix = 'refs/klaudio/integrated/'

/** The newest work of every agent that handed some in. */
export async function listHandedIn(repository: Repository, branch: string): Promise<HandedIn[]> {
  const refs = await repository.refs(agentsPrefix, notesPrefix)
  const contained = await repository.git([
    ...['for-each-ref', '--format=%(refname)', `--merged=${branchRef(branch)}`],
    ...[agentsPrefix, notesPrefix],
  ])
  const merged = new Set(toText(contained).split('\n'))
  const merging = new Set(
    [...refs.keys()]
      .filter((name) => name.startsWith(notesPrefix))
      .map((name) => name.slice(notesPrefix.length).split('/')[0]),
  )
  return [...refs]
    .filter(([name]) => name.startsWith(agentsPrefix))
    .map(([name, commit]) => {
      const agentId = name.slice(agentsPrefix.length)
      return {
        agentId,
        commit,
        hasMerged: merging.has(agentId),
        isMerged: merged.has(name) || merged.has(`${notesPrefix}${agentId}/${commit}/after`),
      }
    })
}

/** Undefined when this agent has handed in nothing yet. */
export async function findHandedIn(
  repository: Repository,
  agentId: string,
): Promise<string | undefined> {
  const ref = agentRef(agentId)
  return (await repository.refs(ref)).get(ref)
}

/** What merging `commit` did to the task branch; undefined when that did not happen or changed nothing. */
export async function findMerge(
  repository: Repository,
  { agentId, commit }: { agentId: string; commit: string },
): Promise<{ from: string; to: string } | undefined> {
  const note = `${notesPrefix}${checkId(agentId)}/${checkCommit(commit)}`
  const refs = await repository.refs(`${note}/before`, `${note}/after`)
  const [from, to] = [refs.get(`${note}/before`), refs.get(`${note}/after`)]
  return from && to ? { from, to } : undefined
}

/** What every merge of this agent's work did to the task branch, in no order. */
export async function listMerges(
  repository: Repository,
  agentId: string,
): Promise<{ from: string; to: string }[]> {
  const refs = await repository.refs(`${notesPrefix}${checkId(agentId)}/`)
  return [...refs].flatMap(([name, from]) => {
    const to = refs.get(name.replace(/\/before$/, '/after'))
    return name.endsWith('/before') && to ? [{ from, to }] : []
  })
}

/** The newest commit that both have in their history; undefined when they have none in common. */
export async function commonCommit(
  repository: Repository,
  left: string,
  right: string,
): Promise<string | undefined> {
  const found = await repository.git(['merge-base', checkCommit(left), checkCommit(right)], {
    accept: [1],
  })
  return toText(found) || undefined
}
