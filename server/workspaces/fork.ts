/** Making a task's repository from that of another task. Both are ours: neither has a remote, a hook or a working tree. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import type { Git } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { fact, finish, type Prepared, setFact, sourceRef } from './prepare.ts'
import { branchRef, initRepository, openRepository, type Repositories } from './repository.ts'

export type ForkInput = {
  from: { taskId: string; branch: string }
  to: { taskId: string; branch: string }
  signal?: AbortSignal
}

/** The head of the one branch becomes the base of the other; nothing else of the repository goes along. */
export async function forkRepository(
  { git, repositories }: { git: Git; repositories: Repositories },
  { from, to, signal }: ForkInput,
): Promise<Prepared> {
  const path = repositories.pathOf(to.taskId)
  if (existsSync(path)) return finish(await repositories.get(to.taskId), to.branch)
  const old = await repositories.get(from.taskId)
  const partial = `${path}.partial-${newId().slice(0, 8)}`
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 })
    const repository = openRepository(git, partial)
    await initRepository(repository)
    const spec = `+${branchRef(from.branch)}:${sourceRef}`
    await repository.git(['fetch', '-q', '--no-tags', '--no-write-fetch-head', old.dir, spec], {
      protocols: ['file'],
      timeoutMs: 15 * 60_000,
      ...(signal ? { signal } : {}),
    })
    const commit = await repository.line(['rev-parse', '--verify', '-q', sourceRef])
    await setFact(repository, 'default', (await fact(old, 'default')) ?? 'main')
    await setFact(repository, 'source', (await fact(old, 'source')) ?? 'empty')
    await setFact(repository, 'base', commit)
    const prepared = await finish(repository, to.branch)
    await rename(partial, path)
    return prepared
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}
