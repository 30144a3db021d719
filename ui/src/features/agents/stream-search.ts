/** Searching everything an agent printed, on the server, page by page; hits are places to go to. */
import { createSignal, onCleanup } from 'solid-js'
import type { OutputMatch, OutputSearch } from '#contract/output.ts'
import { api, toApiError } from '../../data/api.ts'

export type StreamSearch = {
  query: () => string
  hits: () => readonly OutputMatch[]
  /** Index of the hit that is shown; -1 before the first. */
  at: () => number
  /** Share of the output that was looked at; 1 when done. */
  progress: () => number
  isRunning: () => boolean
  error: () => string
  start(query: string): void
  /** To the next hit, or the one before, round the end. */
  step(by: number): void
  clear(): void
}

/** More hits than anybody steps through; the count says "at least" then. */
export const maxHits = 2000
const quietMs = 200

export function createStreamSearch({
  taskId,
  agentId,
  onHit,
}: {
  taskId: string
  agentId: string
  onHit: (hit: OutputMatch) => void
}): StreamSearch {
  const [query, setQuery] = createSignal('')
  const [hits, setHits] = createSignal<readonly OutputMatch[]>([])
  const [at, setAt] = createSignal(-1)
  const [progress, setProgress] = createSignal(1)
  const [isRunning, setRunning] = createSignal(false)
  const [error, setError] = createSignal('')
  let controller: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = (index: number): void => {
    const hit = hits()[index]
    if (!hit) return
    setAt(index)
    onHit(hit)
  }
  const take = (page: OutputSearch): void => {
    setHits([...hits(), ...page.matches])
    setProgress(page.total_bytes === 0 ? 1 : page.searched_bytes / page.total_bytes)
    if (at() < 0 && hits().length > 0) show(0)
  }
  const readAll = async (wanted: string, signal: AbortSignal): Promise<void> => {
    for (let cursor: string | null | undefined; cursor !== null && hits().length < maxHits; ) {
      const asked = { query: wanted, cursor: cursor ?? null, signal }
      const page: OutputSearch = await api.searchOutput(taskId, agentId, asked)
      if (signal.aborted) return
      take(page)
      cursor = page.next_cursor
    }
  }
  const run = (wanted: string, { signal }: AbortController): Promise<void> =>
    readAll(wanted, signal)
      .catch((cause) => {
        if (!signal.aborted) setError(toApiError(cause).message)
      })
      .finally(() => {
        if (!signal.aborted) setRunning(false)
      })
  const clear = (): void => {
    controller?.abort()
    clearTimeout(timer)
    setQuery('')
    setHits([])
    setAt(-1)
    setProgress(1)
    setRunning(false)
    setError('')
  }
  onCleanup(() => {
    controller?.abort()
    clearTimeout(timer)
  })
  return {
    query,
    hits,
    at,
    progress,
    isRunning,
    error,
    start(wanted) {
      clear()
      setQuery(wanted)
      if (wanted.trim() === '') return
      const mine = new AbortController()
      controller = mine
      setRunning(true)
      timer = setTimeout(() => void run(wanted.trim(), mine), quietMs)
    },
    step(by) {
      const count = hits().length
      if (count > 0) show(at() < 0 ? 0 : (at() + by + count) % count)
    },
    clear,
  }
}
