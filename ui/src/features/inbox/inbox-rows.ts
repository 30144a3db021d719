/**
 * The list of the inbox as the reader left it: what is answered stays in its place, greyed; what comes new is added below;
 * nothing moves until the page is entered again.
 */
import type { AttentionItem } from '#contract/attention.ts'

export type InboxRow = {
  item: AttentionItem
  /** It waits no more: answered here, elsewhere, or by itself. */
  isGone: boolean
  /** It came while the list was open. */
  isNew: boolean
}

/** `isNew`: what was not there before has come just now, and was not merely further down. */
export function mergeRows(
  rows: readonly InboxRow[],
  items: readonly AttentionItem[],
  isNew = rows.length > 0,
): InboxRow[] {
  const open = new Map(items.map((item) => [item.id, item]))
  const kept = rows.map((row) => {
    const item = open.get(row.item.id)
    open.delete(row.item.id)
    return { item: item ?? row.item, isGone: item === undefined, isNew: row.isNew }
  })
  return [...kept, ...[...open.values()].map((item) => ({ item, isGone: false, isNew }))]
}

/** Keys act only on a row that has been in view and unchanged so long: nobody approves what slid under the finger. */
export const guardMs = 400
export const isGuarded = (focusedAt: number, now: number): boolean => now - focusedAt < guardMs

/** The next open row after one is answered, below before above; undefined when all are gone. */
export function nextOpen(rows: readonly InboxRow[], id: string): string | undefined {
  const at = rows.findIndex(({ item }) => item.id === id)
  const below = rows.slice(at + 1).find(({ isGone }) => !isGone)
  return (below ?? rows.slice(0, Math.max(0, at)).findLast(({ isGone }) => !isGone))?.item.id
}
