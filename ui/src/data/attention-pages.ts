/** The list of what needs a person, as far as somebody wants to see it. */
import type { AttentionItem, AttentionList } from '#contract/attention.ts'

export type KnownAttention = Pick<AttentionList, 'items' | 'total'> & {
  /** So many were asked for; there are more than `items` when `total` is higher. */
  wanted: number
}

type Query = { limit: number; cursor: string | null }

const step = 100
const maxPage = 200

/** `read` gets the whole list anew, page by page until it is as long as wanted. */
export function createAttentionReader(page: (query: Query) => Promise<AttentionList>): {
  read(): Promise<KnownAttention>
  wantMore(): void
} {
  let wanted = step
  return {
    async read() {
      const upTo = wanted
      // By id: what changed its place between two pages is not shown twice.
      const items = new Map<string, AttentionItem>()
      let total = 0
      let cursor: string | null = null
      do {
        const limit = Math.min(maxPage, upTo - items.size)
        const found: AttentionList = await page({ limit, cursor })
        for (const item of found.items) items.set(item.id, item)
        total = found.total
        cursor = found.next_cursor
      } while (cursor !== null && items.size < upTo)
      return { items: [...items.values()], total, wanted: upTo }
    },
    wantMore() {
      wanted += step
    },
  }
}
