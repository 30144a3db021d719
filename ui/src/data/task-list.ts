/**
 * The whole list of tasks, as long as it may be, loaded in pages as they come into view. It is a snapshot: tasks that are
 * created meanwhile are counted, not pushed in, so that nothing moves under the reader's hand.
 */
import { createStore } from 'solid-js/store'
import type { TaskList as Answer, Task } from '#contract/task.ts'
import { type ApiError, type TaskQuery, toApiError } from './api.ts'

export type TaskListState = {
  /** One place per task; undefined until its page has come. */
  rows: readonly (Task | undefined)[]
  /** Undefined before the first answer. */
  total: number | undefined
  /** A search has found more than the server counts. */
  isMore: boolean
  /** Tasks created since the list was loaded. */
  fresh: number
  error: ApiError | undefined
}

export type TaskList = {
  /** Reactive. */
  state: TaskListState
  /** Loads what is missing of the rows from `first` to `last`. */
  show(first: number, last: number): void
  /** Asks how many there are by now; soon, and once for many calls. */
  check(): void
  /** Loads again from the top; the old rows stay until the answer is here. */
  reload(): void
  /** Loads the rows in view again, each in its place. */
  renew(): void
}

export const pageSize = 100
const checkMs = 1000

/** `load` answers a page of the query. Lives outside components, so that coming back shows what was there. */
export function createTaskList(
  load: (page: { offset: number; limit: number }) => Promise<Answer>,
  after: (ms: number, work: () => void) => void = (ms, work) => void setTimeout(work, ms),
): TaskList {
  const [state, setState] = createStore<TaskListState>({
    rows: [],
    total: undefined,
    isMore: false,
    fresh: 0,
    error: undefined,
  })
  // What has been asked for, by page; a new list forgets it, and answers to the old one are thrown away.
  let asked = new Set<number>()
  let isChecking = false

  const loadPage = async (page: number): Promise<void> => {
    if (asked.has(page)) return
    const mine = asked
    mine.add(page)
    try {
      // New tasks stand above: every old one has moved down by their number.
      const answer = await load({ offset: page * pageSize + state.fresh, limit: pageSize })
      if (mine === asked) place(page, answer)
    } catch (error) {
      mine.delete(page)
      if (mine === asked) setState('error', toApiError(error))
    }
  }

  const place = (page: number, { tasks, total }: Answer): void => {
    const known = state.total ?? total
    setState('error', undefined)
    setState('fresh', Math.max(0, total - known))
    const rows = [...state.rows]
    for (const [at, task] of tasks.entries())
      if (page * pageSize + at < rows.length) rows[page * pageSize + at] = task
    setState('rows', rows)
  }

  const reload = (): void => {
    asked = new Set()
    const mine = asked
    mine.add(0)
    void load({ offset: 0, limit: pageSize }).then(
      ({ tasks, total, total_is_more: isMore = false }) => {
        if (mine !== asked) return
        const rows: (Task | undefined)[] = Array.from({ length: total })
        for (const [at, task] of tasks.entries()) rows[at] = task
        setState({ rows, total, isMore, fresh: 0, error: undefined })
      },
      (error: unknown) => {
        if (mine === asked) setState('error', toApiError(error))
        mine.delete(0)
      },
    )
  }

  const check = (): void => {
    if (isChecking || state.total === undefined) return
    isChecking = true
    after(checkMs, () => {
      const mine = asked
      void load({ offset: 0, limit: 1 })
        .then(({ total }) => {
          if (mine === asked) setState('fresh', Math.max(0, total - (state.total ?? total)))
        })
        // The next event asks again; the header says when nothing answers.
        .catch(() => undefined)
        .finally(() => {
          isChecking = false
        })
    })
  }

  return {
    state,
    check,
    reload,
    renew() {
      asked = new Set()
    },
    show(first, last) {
      if (state.total === undefined) return
      const from = Math.floor(Math.max(0, first) / pageSize)
      const to = Math.floor(Math.min(Math.max(0, state.total - 1), last) / pageSize)
      for (let page = from; page <= to; page++) void loadPage(page)
    },
  }
}

const maxKept = 4
const kept = new Map<string, TaskList>()

/** The list of a filter, the one of before when it is still kept. */
export function openTaskList(
  filter: Pick<TaskQuery, 'status' | 'search'>,
  fetchPage: (query: TaskQuery) => Promise<Answer>,
): { list: TaskList; isKept: boolean } {
  const key = JSON.stringify(filter)
  const known = kept.get(key)
  kept.delete(key)
  const list = known ?? createTaskList((page) => fetchPage({ ...filter, ...page }))
  kept.set(key, list)
  for (const old of [...kept.keys()].slice(0, -maxKept)) kept.delete(old)
  return { list, isKept: known !== undefined }
}
