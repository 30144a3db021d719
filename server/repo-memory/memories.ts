/**
 * What is known of repositories, kept by address and commit. The same commit is never looked at twice; another commit of a branch
 * that is known is looked at anew, with what is different told. Made from blobs alone, within bounds of time and size.
 */
import type {
  RepoAnalysis,
  RepoMemory,
  RepoMemoryChange,
  RepoMemoryQuery,
} from '#contract/repo-memory.ts'
import type { TaskSource } from '#contract/task.ts'
import type { Db } from '#db/open.ts'
import {
  deleteRepoMemories,
  findRepoMemory,
  type RepoMemoryRow,
  saveRepoMemory,
} from '#db/repo-memories.ts'
import type { GitLogin } from '#git/login.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { analyse } from './analyse.ts'
import type { Survey } from './survey.ts'
import { toMarkdown } from './text.ts'

/** How it came to be known: this very commit was known, or the branch at another one, or nothing. */
export type Learned = 'commit' | 'branch' | 'new'

export type RepoMemories = {
  /** Looks at the commit that a task starts from, unless it is known. Undefined for a source that is no repository of anybody. */
  learn(input: {
    taskId: string
    source: TaskSource
    branch: string
    commit: string
    signal?: AbortSignal
  }): Promise<Learned | undefined>
  /**
   * What an agent is told of the task's repository, at most `maxBytes`; undefined when nothing is known. Of another commit of the
   * repository when this one is not known, which is said.
   */
  recall(
    source: TaskSource,
    options: { commit: string | null; maxBytes: number },
  ): string | undefined
  /** What a commit of a task says of itself. Nothing is kept of it. */
  examine(taskId: string, commit: string, signal?: AbortSignal): Promise<RepoAnalysis>
  /** For people. Of the commit, else the newest of the branch. */
  find(url: string, query: RepoMemoryQuery): RepoMemory | undefined
  /** Looks at a remote now. Undefined when it has no commits; throws what `checkSource` throws. */
  look(input: {
    source: Extract<TaskSource, { kind: 'git' }>
    token?: GitLogin
    signal?: AbortSignal
  }): Promise<RepoMemory | undefined>
  clear(url: string): void
}

type Options = {
  db: Db
  workspaces: Pick<Workspaces, 'survey' | 'surveyRemote'>
  clock: Clock
  newId: () => string
}

/** Of the analyser: one higher makes everything be looked at again. */
const version = 1
const keptPerRepository = 30
const timeoutMs = 30_000
const mostPaths = 20
const mostNames = 20

type Place = { scope: string; branch: string; commit: string }

export function createRepoMemories({ db, workspaces, clock, newId }: Options): RepoMemories {
  const save = (row: Omit<RepoMemoryRow, 'id' | 'version' | 'createdAt'>): RepoMemoryRow => {
    const whole = { ...row, version, id: newId(), createdAt: clock.now() }
    db.transaction((tx) => saveRepoMemory(tx, whole, keptPerRepository))
    return whole
  }

  /** What is known, whatever branch it was found on. */
  const known = ({ scope, branch, commit }: Place): RepoMemoryRow | undefined => {
    const own = findRepoMemory(db, { scope, version, branch, commit })
    if (own) return own
    const other = findRepoMemory(db, { scope, version, commit })
    return other && save({ ...other, branch, since: null })
  }

  const study = async (survey: Survey, { scope, branch, commit }: Place) => {
    const older = findRepoMemory(db, { scope, version, branch })
    const analysis = await analyse(survey)
    const since = older ? await compare(survey, { older, analysis }) : null
    const row = save({ scope, branch, commitHash: commit, analysis, since })
    return { row, learned: older ? ('branch' as const) : ('new' as const) }
  }

  return {
    async learn({ taskId, source, branch, commit, signal }) {
      const scope = scopeOf(source)
      if (scope === undefined) return undefined
      const place = { scope, branch, commit }
      if (known(place)) return 'commit'
      const within = withLimit(signal)
      const survey = await workspaces.survey(taskId, commit, { signal: within })
      return (await study(survey, place)).learned
    },
    recall(source, { commit, maxBytes }) {
      const scope = scopeOf(source)
      if (scope === undefined) return undefined
      const exact = commit === null ? undefined : findRepoMemory(db, { scope, version, commit })
      const row = exact ?? findRepoMemory(db, { scope, version })
      if (!row) return undefined
      const said = exact
        ? ''
        : `This is what was known at commit ${row.commitHash.slice(0, 12)} of ${row.branch}; the files you have are not exactly those.\n\n`
      const text = toMarkdown(telling(row), { maxBytes: maxBytes - said.length })
      return `${said}${text}`
    },
    async examine(taskId, commit, signal) {
      return await analyse(await workspaces.survey(taskId, commit, { signal: withLimit(signal) }))
    },
    find(url, { branch, commit }) {
      const scope = toScope(url)
      const exact =
        commit === undefined ? undefined : findRepoMemory(db, { scope, version, commit })
      const row = exact ?? findRepoMemory(db, { scope, version, branch })
      return row && toMemory(row, commit === undefined || exact !== undefined)
    },
    async look({ source, token, signal }) {
      const scope = toScope(source.url)
      const within = withLimit(signal)
      const request = { source, ...(token !== undefined && { token }), signal: within }
      const row = await workspaces.surveyRemote(request, async (survey, { commit, branch }) => {
        const place = { scope, branch, commit }
        return known(place) ?? (await study(survey, place)).row
      })
      return row && toMemory(row, true)
    },
    clear: (url) => db.transaction((tx) => deleteRepoMemories(tx, toScope(url))),
  }
}

const withLimit = (signal: AbortSignal | undefined): AbortSignal => {
  const limit = AbortSignal.timeout(timeoutMs)
  return signal ? AbortSignal.any([signal, limit]) : limit
}

async function compare(
  survey: Survey,
  { older, analysis }: { older: RepoMemoryRow; analysis: RepoMemoryRow['analysis'] },
): Promise<RepoMemoryChange> {
  const paths = await survey.changedSince(older.commitHash)
  const names = (of: RepoMemoryRow['analysis']): Set<string> =>
    new Set(of.dependencies.map(({ name }) => name))
  const [before, after] = [names(older.analysis), names(analysis)]
  return {
    from_commit: older.commitHash,
    ...(paths && { files: paths.length }),
    paths: paths?.slice(0, mostPaths) ?? [],
    dependencies_added: [...after.difference(before)].slice(0, mostNames),
    dependencies_removed: [...before.difference(after)].slice(0, mostNames),
  }
}

/** The same repository in its usual spellings is one. */
const toScope = (url: string): string =>
  url
    .trim()
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')

function scopeOf(source: TaskSource): string | undefined {
  if (source.kind === 'git') return toScope(source.url)
  return source.kind === 'local' ? toScope(source.path) : undefined
}

const telling = ({ analysis, since, branch, commitHash }: RepoMemoryRow) => ({
  ...{ analysis, branch, commit: commitHash, since: since ?? undefined },
})

function toMemory(row: RepoMemoryRow, isExact: boolean): RepoMemory {
  const { analysis, since } = row
  return {
    ...{ id: row.id, url: row.scope, branch: row.branch, commit_hash: row.commitHash },
    content: toMarkdown(telling(row)),
    file_tree: JSON.stringify(analysis.layout),
    languages: JSON.stringify(
      Object.fromEntries(analysis.languages.map(({ name, files }) => [name, files])),
    ),
    frameworks: JSON.stringify(analysis.frameworks),
    key_files: JSON.stringify(analysis.key_files.map(({ path }) => path)),
    dependencies: JSON.stringify(analysis.dependencies),
    analysis,
    ...(since && { since }),
    is_exact: isExact,
    created_at: toIso(row.createdAt),
  }
}
