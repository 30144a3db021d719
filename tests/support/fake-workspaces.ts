/** Repositories in memory: a commit is a set of files and its parents. Merges by whole files, which is enough to conflict. */
import { AppError } from '#contract/errors.ts'
import type { TaskDeps } from '#tasks/deps.ts'

type Commit = { files: Record<string, string>; message: string; parents: string[] }
type Repository = { commits: Map<string, Commit>; head: string; base: string }

/** What survives a crash of the server. */
export class FakeRepositories {
  readonly repositories = new Map<string, Repository>()
  initial: Record<string, string> = { 'README.md': 'hello\n' }
  /** Commit messages on the task branch, oldest first. */
  log(taskId: string): string[] {
    const repository = this.get(taskId)
    const result: string[] = []
    for (let id: string | undefined = repository.head; id; ) {
      const commit: Commit | undefined = repository.commits.get(id)
      if (commit) result.unshift(commit.message)
      id = commit?.parents[0]
    }
    return result
  }
  headFiles(taskId: string): string[] {
    const { commits, head } = this.get(taskId)
    return Object.keys(commits.get(head)?.files ?? {}).sort()
  }
  get(taskId: string): Repository {
    const found = this.repositories.get(taskId)
    if (!found) throw new AppError('git.failed', 'There is no repository.')
    return found
  }
}

/** What an agent hands in is one commit however often it is collected, and another one when it is other work. */
function nameWork(
  commits: ReadonlyMap<string, { files: Record<string, string> }>,
  name: string,
  work: Record<string, string>,
): string {
  const isIt = (id: string): boolean => {
    const known = commits.get(id)
    return !known || Object.entries(work).every(([path, text]) => known.files[path] === text)
  }
  let id = name
  for (let round = 2; !isIt(id); round++) id = `${name}-${round}`
  return id
}

export function createFakeWorkspaces(
  store: FakeRepositories,
  onCall: (name: string) => void | Promise<void> = () => {},
): TaskDeps['workspaces'] {
  const call = async (name: string): Promise<void> => {
    await Promise.resolve()
    await onCall(name)
  }
  const at = (taskId: string, id: string): Commit => {
    const commit = store.get(taskId).commits.get(id)
    if (!commit) throw new AppError('git.failed', `There is no commit ${id}.`)
    return commit
  }
  const changed = (before: Commit, after: Commit): string[] =>
    [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])]
      .filter((path) => before.files[path] !== after.files[path])
      .sort()
  const toChange = (path: string) => ({ path, status: 'M', added: 1, deleted: 0, oid: '' })

  return {
    mergesOf: async () => [],
    outside: async () => ({ submodules: [], here: [], lfs: [] }),
    fetchSubmodules: async () => {},
    submoduleFiles: async () => undefined,
    async prepare({ taskId }) {
      await call('prepare')
      const files = { ...store.initial }
      const commits = new Map([['c0', { files, message: 'start', parents: [] }]])
      if (!store.repositories.has(taskId))
        store.repositories.set(taskId, { commits, head: 'c0', base: 'c0' })
      return { baseCommit: 'c0', defaultBranch: 'main' }
    },
    async fork({ from, to }) {
      await call('fork')
      const { commits, head } = store.get(from.taskId)
      store.repositories.set(to.taskId, { commits: new Map(commits), head, base: head })
      return { baseCommit: head, defaultBranch: 'main' }
    },
    forkCheckpoint: () => Promise.reject(new Error('not part of the double')),
    dropOrigin: async () => {},
    moveBranch: () => Promise.reject(new Error('not part of the double')),
    discard: () => Promise.reject(new Error('not part of the double')),
    undoDiscard: () => Promise.reject(new Error('not part of the double')),
    readLines: () => Promise.reject(new Error('not part of the double')),
    placeLines: async () => [],
    keepObject: () => Promise.reject(new Error('not part of the double')),
    dropObject: async () => {},
    handedIn: async () => [],
    handedInBy: async () => undefined,
    writerOf: async () => undefined,
    isTouched: async () => false,
    mergeOf: async () => undefined,
    savedBy: async () => undefined,
    savedChanges: async () => [],
    async head(taskId) {
      await call('head')
      return store.get(taskId).head
    },
    async bundle(taskId, { commit }) {
      await call('bundle')
      at(taskId, commit)
      return new Uint8Array()
    },
    /** The files as JSON. */
    async *archive(taskId, commit) {
      yield new TextEncoder().encode(JSON.stringify(at(taskId, commit).files))
    },
    async receive({ taskId, agentId, baseCommit, bundle }) {
      await call('receive')
      const base = at(taskId, baseCommit)
      // Written by the double of `collect`.
      const work = JSON.parse(new TextDecoder().decode(bundle)) as Record<string, string>
      const id = nameWork(store.get(taskId).commits, `w-${agentId}`, work)
      const commit = { files: { ...base.files, ...work }, message: 'work', parents: [baseCommit] }
      store.get(taskId).commits.set(id, commit)
      return { commit: id, changes: changed(base, commit).map(toChange) }
    },
    async integrate({ taskId, commit, message, prefer }) {
      await call('integrate')
      const repository = store.get(taskId)
      const merged = `m-${commit}`
      if (repository.commits.has(merged))
        return { kind: 'merged', mergedCommit: merged, changedFiles: [] }
      const work = at(taskId, commit)
      const base = at(taskId, work.parents[0] ?? '')
      const head = at(taskId, repository.head)
      const mine = changed(base, work)
      // What it handed in before is merged, and in no conflict with what it hands in now.
      const name = commit.replace(/-\d{1,2}$/, '')
      const earlier = [...repository.commits].filter(([id]) => id !== commit && id.startsWith(name))
      const isOwn = (path: string): boolean =>
        earlier.some(([, { files }]) => files[path] === head.files[path])
      const isOther = (path: string): boolean =>
        head.files[path] !== work.files[path] && !isOwn(path)
      const paths = mine.filter((path) => changed(base, head).includes(path) && isOther(path))
      if (paths.length > 0 && prefer === undefined) {
        const marked = `x-${commit}-${repository.head}`
        const both = paths.map((path) => [path, `<<<<<<< ${head.files[path]}${work.files[path]}`])
        const parents = [repository.head, commit]
        const files = { ...head.files, ...work.files, ...Object.fromEntries(both) }
        repository.commits.set(marked, { files, message: 'both', parents })
        const sides = { ours: repository.head, theirs: commit }
        return { kind: 'conflict', paths, marked, notes: 'CONFLICT (content)', ...sides }
      }
      const files = { ...head.files }
      for (const path of mine)
        if (prefer !== 'ours' || !paths.includes(path)) files[path] = work.files[path] ?? ''
      repository.commits.set(merged, { files, message, parents: [repository.head, commit] })
      repository.head = merged
      return { kind: 'merged', mergedCommit: merged, changedFiles: mine }
    },
    async resolve({ taskId, ours, theirs, marked, paths, commit, message }) {
      await call('resolve')
      const { files } = at(taskId, commit)
      const has = (id: string, path: string) => at(taskId, id).files[path] === files[path]
      const left = paths.filter((path) => files[path]?.includes('<<<<<<<'))
      if (left.length > 0)
        return { kind: 'unresolved', problem: `There are still conflict markers in: ${left}.` }
      const id = `r-${commit}`
      store.get(taskId).commits.set(id, { files, message, parents: [ours, theirs] })
      const sides = { ours, theirs } as const
      const oneSided = paths.flatMap((path) =>
        (['ours', 'theirs'] as const)
          .filter((side) => has(sides[side], path))
          .map((side) => ({ path, side })),
      )
      const changedFiles = changed(at(taskId, marked), at(taskId, commit))
      const outside = changedFiles.filter((path) => !paths.includes(path))
      return { kind: 'resolved', commit: id, changedFiles, outside, oneSided }
    },
    async changes(taskId, from, to) {
      await call('changes')
      return changed(at(taskId, from), at(taskId, to)).map(toChange)
    },
    async diff(taskId, from, to) {
      await call('diff')
      return changed(at(taskId, from), at(taskId, to))
        .map((path) => `+++ ${path}`)
        .join('\n')
    },
    async list(taskId, commit) {
      await call('list')
      return Object.keys(at(taskId, commit).files).map((path) => ({
        path,
        sizeBytes: 1,
        mode: '100644',
        type: 'file' as const,
      }))
    },
    async read(taskId, commit, path) {
      await call('read')
      const text = at(taskId, commit).files[path]
      if (text === undefined) throw new AppError('file.not-found', `There is no ${path}.`)
      return new TextEncoder().encode(text)
    },
    async remove(taskId) {
      await call('remove')
      store.repositories.delete(taskId)
    },
  }
}
