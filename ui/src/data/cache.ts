/**
 * What the server said last, by key, for views to read. A value stays while a newer one is fetched, and stays when that
 * fails; many invalidations at once are one request.
 */
import { createStore, produce, reconcile } from 'solid-js/store'
import { type ApiError, toApiError } from './api.ts'

export type Entry<T> = {
  state: 'loading' | 'ready' | 'failed'
  value?: T
  error?: ApiError
  /** Epoch milliseconds of the value. */
  at?: number
}

export type Cache<T> = {
  /** Reactive. Reading a key that is not known starts fetching it. */
  get(key: string): Entry<T>
  /** Reactive, without fetching. */
  peek(key: string): Entry<T> | undefined
  /** Fetches again when somebody has read the key before; soon, and once for many calls. */
  invalidate(key: string): void
  invalidateAll(): void
  /** All keys that begin so. */
  invalidatePrefix(prefix: string): void
  refresh(key: string): Promise<void>
  /** Puts what an answer or an event has told already. */
  put(key: string, value: T): void
  update(key: string, change: (value: T) => T): void
  /** Changes in place what a small event has told; only what reads the changed facts runs again. */
  modify(key: string, change: (value: T) => void): void
  drop(key: string): void
}

export type CacheOptions = {
  now?: () => number
  /** Runs `work` after `ms`. */
  after?: (ms: number, work: () => void) => void
  coalesceMs?: number
}

const every = new Set<Pick<Cache<unknown>, 'invalidateAll'>>()

/** Everything that was ever asked for, once more: after signing in, nothing that was refused before holds. */
export function invalidateEverything(): void {
  for (const cache of every) cache.invalidateAll()
}

const loading: Entry<never> = { state: 'loading' }

export function createCache<T>(
  fetchValue: (key: string) => Promise<T>,
  options: CacheOptions = {},
): Cache<T> {
  const { now = Date.now, after = setTimeoutAfter, coalesceMs = 150 } = options
  const [entries, setEntries] = createStore<Record<string, Entry<T>>>({})
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  const again = new Set<string>()

  const put = (key: string, value: T): void =>
    setEntries(
      key,
      reconcile<Entry<T>, Entry<T>>(
        { state: 'ready', value, at: now() },
        { key: 'id', merge: false },
      ),
    )

  const run = async (key: string): Promise<void> => {
    try {
      put(key, await fetchValue(key))
    } catch (error) {
      const known = entries[key]
      setEntries(key, { ...known, state: 'failed', error: toApiError(error) })
    } finally {
      running.delete(key)
      if (again.delete(key)) schedule(key)
    }
  }

  const refresh = (key: string): Promise<void> => {
    const known = running.get(key)
    if (known) {
      // What is under way may have been answered before the change happened.
      again.add(key)
      return known
    }
    const job = run(key)
    running.set(key, job)
    return job
  }

  const schedule = (key: string): void => {
    if (waiting.has(key)) return
    waiting.add(key)
    after(coalesceMs, () => {
      if (waiting.delete(key) && entries[key]) void refresh(key)
    })
  }

  const cache: Cache<T> = {
    get(key) {
      const entry = entries[key]
      if (entry) return entry
      if (!running.has(key)) queueMicrotask(() => start(key))
      return loading
    },
    peek: (key) => entries[key],
    invalidate(key) {
      if (entries[key]) schedule(key)
    },
    invalidateAll() {
      for (const key of Object.keys(entries)) schedule(key)
    },
    invalidatePrefix(prefix) {
      for (const key of Object.keys(entries)) if (key.startsWith(prefix)) schedule(key)
    },
    refresh,
    put,
    update(key, change) {
      const value = entries[key]?.value
      if (value !== undefined) put(key, change(value))
    },
    modify(key, change) {
      setEntries(
        produce((all) => {
          const value = all[key]?.value
          if (value !== undefined) change(value)
        }),
      )
    },
    drop(key) {
      setEntries((all) => ({ ...all, [key]: undefined }) as Record<string, Entry<T>>)
    },
  }
  every.add(cache)
  return cache

  function start(key: string): void {
    if (entries[key] || running.has(key)) return
    setEntries(key, { state: 'loading' })
    void refresh(key)
  }
}

function setTimeoutAfter(ms: number, work: () => void): void {
  setTimeout(work, ms)
}
