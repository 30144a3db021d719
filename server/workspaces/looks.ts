/**
 * Work that nobody handed in yet, to be looked at: its objects stay apart from the repository's own, no ref names them,
 * and they are gone with the next looks or the next start.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { Git } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { listChanges } from './changes.ts'
import { privatePaths } from './private-paths.ts'
import { receiveApart } from './receive.ts'
import { checkCommit, lookPrefix, openWith, type Repository } from './repository.ts'
import { diffText } from './tree.ts'
import type { DiffOptions, FileChange } from './workspaces.ts'

type Look = { taskId: string; agentId: string; from: string; to: string; dir: string }
type OfAgent = Pick<Look, 'taskId' | 'agentId'>

/** A reader may still be at one before, or write about it. */
const mostOfAgent = 4
const mostAtAll = 20

export type Looks = {
  /** Throws `git.failed` for a bundle that is not what it should be. */
  take(
    input: OfAgent & { baseCommit: string; bundle: Uint8Array },
  ): Promise<{ from: string; to: string; changes: FileChange[] }>
  /** Throws `file.not-found` when the look at `to` is not kept any more. */
  diff(look: OfAgent & { to: string }, options: DiffOptions): Promise<string>
  /** The repository with what the look at `to` has, for reading. Throws `file.not-found` when it is not kept any more. */
  open(look: OfAgent & { to: string }): Promise<Repository>
}

export function createLooks({
  git,
  open,
  uploadsDirOf,
  maxBytes,
}: {
  git: Git
  open: (taskId: string) => Promise<Repository>
  uploadsDirOf: ((taskId: string) => string) | undefined
  maxBytes: number
}): Looks {
  /** Oldest first. */
  const kept: Look[] = []

  const forget = async (look: Look): Promise<void> => {
    kept.splice(kept.indexOf(look), 1)
    await rm(look.dir, { recursive: true, force: true })
  }
  const keep = async (look: Look): Promise<void> => {
    kept.push(look)
    const own = kept.filter(({ agentId }) => agentId === look.agentId)
    for (const old of own.slice(0, -mostOfAgent)) await forget(old)
    for (const old of kept.slice(0, -mostAtAll)) await forget(old)
  }

  const find = ({ taskId, agentId, to }: OfAgent & { to: string }): Look => {
    const look = kept.findLast(
      (each) => each.to === checkCommit(to) && each.agentId === agentId && each.taskId === taskId,
    )
    if (look) return look
    throw new AppError('file.not-found', 'These changes are not kept any more. Look again.')
  }

  return {
    async take({ taskId, agentId, baseCommit, bundle }) {
      const from = checkCommit(baseCommit)
      if (bundle.length === 0) return { from, to: from, changes: [] }
      const repository = await open(taskId)
      const dir = join(repository.dir, `${lookPrefix}${newId().slice(0, 8)}`)
      const to = await receiveApart(repository, { baseCommit: from, bundle, maxBytes, dir })
      await keep({ taskId, agentId, from, to, dir })
      const changes = await listChanges(openWith(git, repository, dir), from, to)
      const isPrivate = await privatePaths(repository, uploadsDirOf?.(taskId))
      return { from, to, changes: changes.filter(({ path }) => !isPrivate(path)) }
    },
    async diff(of, options) {
      const { from, to, dir } = find(of)
      const repository = openWith(git, await open(of.taskId), dir)
      return diffText(repository, { from, to, ...options })
    },
    async open(of) {
      const repository = await open(of.taskId)
      // An agent that has changed nothing has the commit that it was given.
      if (await hasCommit(repository, of.to)) return repository
      return openWith(git, repository, find(of).dir)
    },
  }
}

async function hasCommit(repository: Repository, commit: string): Promise<boolean> {
  const { code } = await repository.git(['cat-file', '-e', checkCommit(commit)], {
    accept: [1, 128],
  })
  return code === 0
}
