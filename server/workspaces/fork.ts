/** Making a task's repository from that of another task. Both are ours: neither has a remote, a hook or a working tree. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import type { Git } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { finish, type Prepared, readFacts, sourceRef, writeFacts } from './prepare.ts'
import {
  agentRef,
  branchRef,
  checkCommit,
  initRepository,
  openRepository,
  type Repositories,
  type Repository,
} from './repository.ts'
import { sealedRef } from './snapshots.ts'
import { submodulesRef } from './submodule-record.ts'

export type ForkInput = {
  from: { taskId: string; branch: string }
  to: { taskId: string; branch: string }
  signal?: AbortSignal
}

export type CheckpointFork = {
  from: { taskId: string; checkpointId: string }
  to: { taskId: string; branch: string }
  /** Base commit of the task, and head of its branch in the checkpoint. */
  base: string
  head: string
  /** What agents of the new task are taken to have handed in. */
  handedIn: readonly { agentId: string; commit: string }[]
}

/** The head of the one branch becomes the base of the other; nothing else of the repository goes along. */
export const forkRepository = (parts: Parts, { from, to, signal }: ForkInput): Promise<Prepared> =>
  makeFrom(parts, { fromId: from.taskId, to }, async (repository, old) => {
    await fetchFrom(repository, old, `+${branchRef(from.branch)}:${sourceRef}`, signal)
    return await repository.line([...verify, sourceRef])
  })

/** Keeps everything the checkpoint reaches until its agents have got their volumes. */
const originRef = 'refs/klaudio/origin'

export const forkFromCheckpoint = async (
  parts: Parts,
  { from, to, base, head, handedIn }: CheckpointFork,
): Promise<void> => {
  await makeFrom(parts, { fromId: from.taskId, to }, async (repository, old) => {
    await fetchFrom(repository, old, `+${sealedRef(from.checkpointId)}:${originRef}`)
    await repository.updateRefs([
      { ref: sourceRef, to: checkCommit(base) },
      { ref: branchRef(to.branch), to: checkCommit(head) },
      ...handedIn.map(({ agentId, commit }) => ({ ref: agentRef(agentId), to: commit })),
    ])
    return base
  })
}

export async function dropOrigin(repository: Repository): Promise<void> {
  await repository.git(['update-ref', '-d', originRef])
}

type Parts = { git: Git; repositories: Repositories }
const verify = ['rev-parse', '--verify', '-q']

async function makeFrom(
  { git, repositories }: Parts,
  { fromId, to }: { fromId: string; to: ForkInput['to'] },
  /** Resolves with the base commit of the new one. */
  fill: (repository: Repository, old: Repository) => Promise<string>,
): Promise<Prepared> {
  const path = repositories.pathOf(to.taskId)
  if (existsSync(path)) return finish(await repositories.get(to.taskId), to.branch)
  const old = await repositories.get(fromId)
  const partial = `${path}.partial-${newId().slice(0, 8)}`
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 })
    const repository = openRepository(git, partial)
    await initRepository(repository, to.branch)
    const base = await fill(repository, old)
    if ((await old.refs(submodulesRef)).has(submodulesRef))
      await fetchFrom(repository, old, `+${submodulesRef}:${submodulesRef}`)
    const { default: branch = 'main', source = 'empty' } = await readFacts(old)
    await writeFacts(repository, { base, default: branch, source })
    const prepared = await finish(repository, to.branch)
    await rename(partial, path)
    return prepared
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

async function fetchFrom(
  repository: Repository,
  old: Repository,
  refspec: string,
  signal?: AbortSignal,
): Promise<void> {
  const plain = ['--no-tags', '--no-write-fetch-head', '--update-shallow']
  await repository.git(['fetch', '-q', ...plain, old.dir, refspec], {
    protocols: ['file'],
    timeoutMs: 15 * 60_000,
    ...(signal ? { signal } : {}),
  })
}
