/** Files and changes of tasks, by whose work they are. Kept up to date by `store.ts`. */
import type { FileChange, FileList, Work, WorkScope } from '#contract/file.ts'
import { type FileDiff, parseDiff } from '../lib/diff.ts'
import { api } from './api.ts'
import { createCache } from './cache.ts'

export const wholeTask: WorkScope = { kind: 'all' }

/** "all", "agent:<id>", "subtask:<id>": as it stands in an address. */
export const scopeName = (scope: WorkScope): string =>
  scope.kind === 'all' ? 'all' : `${scope.kind}:${scope.id}`

export function parseScope(name: string | undefined): WorkScope {
  const [, kind, id] = /^(agent|subtask):(.+)$/.exec(name ?? '') ?? []
  // Checked by the pattern.
  return kind && id ? { kind: kind as 'agent' | 'subtask', id } : wholeTask
}

/** Task ids hold no space, so a key can be taken apart again and found by its beginning. */
export const workKey = (taskId: string, scope: WorkScope): string => `${taskId} ${scopeName(scope)}`

const fromKey = (key: string): [taskId: string, scope: WorkScope] => {
  const cut = key.indexOf(' ')
  return [key.slice(0, cut), parseScope(key.slice(cut + 1))]
}

/** What can be looked at by itself, by task. */
const parts = createCache<Work[]>((key) => api.work(key.trim()))
const changes = createCache<FileChange[]>((key) => api.changes(...fromKey(key)))
const files = createCache<FileList>((key) => {
  const [taskId, scope] = fromKey(key)
  return api.files(taskId, scope.kind === 'agent' ? scope.id : '')
})

export const work = { parts, changes, files }

const caches = Object.values(work)

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
  scope: WorkScope,
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
  scope: WorkScope,
  { path, from }: Pick<FileChange, 'path' | 'from'>,
): Promise<FileDiff | undefined> {
  const whole = parseDiff(await api.diff(taskId, scope, { path, from, context: 'all' }))[0]
  if (whole && !whole.isCut) return { ...whole, lines: whole.lines.filter(isNoHunk) }
  return parseDiff(await api.diff(taskId, scope, { path, from, context: 3 }))[0]
}

/** With all lines there is one hunk, and its line says nothing. */
const isNoHunk = ({ kind }: { kind: string }): boolean => kind !== 'hunk'
