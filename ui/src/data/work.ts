/** Files and changes of tasks, by whose work they are. Kept up to date by `store.ts`. */
import type { KeptAgainst, KeptPart } from '#contract/checkpoint-contents.ts'
import type { FileChange, FileList, LiveChanges, Work, WorkScope } from '#contract/file.ts'
import type { CommentList, DiscardList } from '#contract/review.ts'
import { type FileDiff, parseDiff } from '../lib/diff.ts'
import { api, type DiffedFile, toApiError } from './api.ts'
import { createCache } from './cache.ts'
import { keptApi } from './kept-api.ts'
import { reviewApi } from './review-api.ts'

export const wholeTask: WorkScope = { kind: 'all' }

/** `live`: what an agent has in its hands and nobody was given yet. */
export type LiveScope = { kind: 'live'; id: string }
/** A part of the checkpoint `id`, and what it is compared with. */
export type KeptScope = { kind: 'kept'; id: string; of: KeptPart; against: KeptAgainst }
export type Scope = WorkScope | LiveScope | KeptScope

/** "all", "agent:<id>", "subtask:<id>", "live:<id>": as it stands in an address. */
export function scopeName(scope: Scope): string {
  if (scope.kind === 'all') return 'all'
  const name = `${scope.kind}:${scope.id}`
  return scope.kind === 'kept' ? `${name} ${scope.of} ${scope.against}` : name
}

export function parseScope(name: string | undefined): WorkScope | LiveScope {
  const [, kind, id] = /^(agent|subtask|live):(.+)$/.exec(name ?? '') ?? []
  // Checked by the pattern.
  return kind && id ? { kind: kind as 'agent' | 'subtask' | 'live', id } : wholeTask
}

/** The same for files, which an agent's container does not show. */
export function parseWork(name: string | undefined): WorkScope {
  const scope = parseScope(name)
  return scope.kind === 'live' ? wholeTask : scope
}

/** Task ids hold no space, so a key can be taken apart again and found by its beginning. */
export const workKey = (taskId: string, scope: Scope): string => `${taskId} ${scopeName(scope)}`

const fromKey = (key: string): [taskId: string, scope: WorkScope] => {
  const cut = key.indexOf(' ')
  return [key.slice(0, cut), parseWork(key.slice(cut + 1))]
}

/** What can be looked at by itself, by task. */
const parts = createCache<Work[]>((key) => api.work(key.trim()))
const changes = createCache<FileChange[]>(async (key) => {
  const { from, to, files } = await api.changes(...fromKey(key))
  if (from && to) ranges.set(key, { from, to })
  return files
})
const ranges = new Map<string, { from: string; to: string }>()

/** The commits between which the changes lie that were read last. */
export const rangeOf = (key: string): { from: string; to: string } | undefined =>
  live.peek(key)?.value ?? ranges.get(key)

const comments = createCache<CommentList>(async (key) => {
  const [taskId, scope] = toLive(key) ?? fromKey(key)
  if (scope.kind !== 'live') return reviewApi.comments(taskId, scope)
  const ask = () => reviewApi.liveComments(taskId, scope.id, live.peek(key)?.value?.to)
  return whileKept(key, ask)
})
const discards = createCache<DiscardList>((key) => reviewApi.discards(key.trim()))
const files = createCache<FileList>((key) => {
  const [taskId, scope] = fromKey(key)
  return api.files(taskId, scope.kind === 'agent' ? scope.id : '')
})

const caches = [parts, changes, files, comments, discards]

/** Read from the agent's container when somebody looks, so no event makes it read again. */
const live = createCache<LiveChanges>(async (key) => {
  const [taskId = '', id = ''] = key.split(' live:')
  const changes = await api.liveChanges(taskId, id)
  // Soon, when these have taken the place of the ones before.
  comments.invalidate(key)
  return changes
})

function toLive(key: string): [taskId: string, scope: LiveScope] | undefined {
  const [taskId, id] = key.split(' live:')
  return taskId && id ? [taskId, { kind: 'live', id }] : undefined
}

/** The server keeps the last few readings of an agent's files, so an old page reads again. */
async function whileKept<T>(key: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (toApiError(error).code !== 'file.not-found') throw error
    await live.refresh(key)
    return ask()
  }
}

export const work = { parts, changes, files, live, comments, discards }

export function invalidateWork(taskId: string): void {
  for (const cache of caches) cache.invalidatePrefix(`${taskId} `)
}

export function invalidateAllWork(): void {
  for (const cache of caches) cache.invalidateAll()
}

/** `parts` has keys like the others, so that one prefix finds them all. */
export const partsKey = (taskId: string): string => `${taskId} `

const mostDiffs = 300
const diffs = new Map<string, Promise<FileDiff | undefined>>()

/**
 * The diff of one file with all its lines, or with few when it is too long for that. Remembered by content, so that
 * going back and forth asks nothing again.
 */
export function loadDiff(
  taskId: string,
  scope: Scope,
  file: Pick<FileChange, 'path' | 'from' | 'oid' | 'status'>,
): Promise<FileDiff | undefined> {
  const key = [workKey(taskId, scope), file.path, file.oid, file.status].join('\n')
  const known = diffs.get(key)
  if (known && file.oid) return known
  const loading = fetchDiff(taskId, scope, file).catch((error: unknown) => {
    diffs.delete(key)
    throw error
  })
  diffs.set(key, loading)
  const oldest = diffs.keys().next().value
  if (diffs.size > mostDiffs && oldest !== undefined) diffs.delete(oldest)
  return loading
}

async function fetchDiff(
  taskId: string,
  scope: Scope,
  { path, from }: Pick<FileChange, 'path' | 'from'>,
): Promise<FileDiff | undefined> {
  const ask = (context: 'all' | number): Promise<string> =>
    askDiff(taskId, scope, { path, from, context })
  const whole = parseDiff(await ask('all'))[0]
  if (whole && !whole.isCut) return { ...whole, lines: whole.lines.filter(isNoHunk) }
  return parseDiff(await ask(3))[0]
}

function askDiff(taskId: string, scope: Scope, file: DiffedFile): Promise<string> {
  if (scope.kind === 'live') return liveDiff(taskId, scope, file)
  return scope.kind === 'kept' ? keptApi.diff(taskId, scope, file) : api.diff(taskId, scope, file)
}

/** Of the moment that is shown. */
async function liveDiff(
  taskId: string,
  scope: LiveScope,
  file: { path: string; from?: string | undefined; context: 'all' | number },
): Promise<string> {
  const key = workKey(taskId, scope)
  return whileKept(key, () =>
    api.liveDiff(taskId, scope.id, { ...file, to: live.peek(key)?.value?.to ?? '' }),
  )
}

/** With all lines there is one hunk, and its line says nothing. */
const isNoHunk = ({ kind }: { kind: string }): boolean => kind !== 'hunk'
