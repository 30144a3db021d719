/** What was asked and answered, newest first, as far as somebody wants to look back. */
import { createSignal } from 'solid-js'
import { type AnsweredItem, AnsweredList } from '#contract/answered.ts'
import { ask } from './api.ts'
import { createCache } from './cache.ts'

export type KnownAnswers = {
  items: AnsweredItem[]
  /** There are more. */
  more: boolean
}

const step = 50
const maxPage = 200
const [wanted, setWanted] = createSignal(step)

/** By task; all tasks under the empty key. */
const answers = createCache<KnownAnswers>((taskId) => read(taskId, wanted()), { coalesceMs: 500 })

export const answered = {
  get: (taskId: string) => answers.get(taskId),
  refresh: (taskId: string) => answers.refresh(taskId),
  async more(taskId: string): Promise<void> {
    setWanted(wanted() + step)
    await answers.refresh(taskId)
  },
}

/** Something was answered, or taken back. */
export function invalidateAnswered(): void {
  answers.invalidateAll()
}

/** One request, unless somebody went far back. */
async function read(taskId: string, upTo: number): Promise<KnownAnswers> {
  const items = new Map<string, AnsweredItem>()
  let cursor: string | null = ''
  while (cursor !== null && items.size < upTo) {
    const query = new URLSearchParams({ limit: String(Math.min(maxPage, upTo - items.size)) })
    if (cursor) query.set('cursor', cursor)
    if (taskId) query.set('task_id', taskId)
    const page: AnsweredList = await ask(AnsweredList, `/api/attention/answered?${query}`)
    for (const item of page.items) items.set(`${item.kind} ${item.id}`, item)
    cursor = page.next_cursor
  }
  return { items: [...items.values()], more: cursor !== null }
}
