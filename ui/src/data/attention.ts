/** What waits for a person, as the server lists it, without what was put aside in this browser. */
import { createMemo, createRoot, createSignal } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { load, save } from '../lib/storage.ts'
import { now } from './clock.ts'
import { all, store, wantMoreAttention } from './store.ts'

/** Reactive. */
export const listAttention = (): readonly AttentionItem[] => {
  items ??= createRoot(() => createMemo(() => openItems()))
  return items()
}
let items: (() => readonly AttentionItem[]) | undefined

/** Reactive: the number beside Inbox and in the window's title. */
export const countAttention = (): number => listAttention().length + countUnlisted()

/** Reactive: so many more are open than `listAttention` has. */
export function countUnlisted(): number {
  const { value } = store.attention.get(all)
  return value ? Math.max(0, value.total - value.items.length) : 0
}

/** Makes the list longer. */
export function listMoreAttention(): Promise<void> {
  wantMoreAttention()
  return store.attention.refresh(all)
}

/** Reactive. Until then a page shows its skeleton. */
export const isAttentionKnown = (): boolean => store.attention.get(all).state !== 'loading'

function openItems(): AttentionItem[] {
  const aside = putAside()
  const known = store.attention.get(all).value?.items ?? []
  if (Object.keys(aside).length === 0) return known
  const at = currentMinute()
  return known.filter(({ id }) => (aside[id] ?? 0) <= at)
}

let minute: (() => number) | undefined
/** Epoch milliseconds; soon enough for what comes back after an hour. */
function currentMinute(): number {
  minute ??= createRoot(() => createMemo(() => Math.floor(now() / 60_000) * 60_000))
  return minute()
}

/** Until when an item is hidden in this browser, by id, epoch milliseconds. */
const [putAside, setPutAside] = createSignal(readAside())

/** Hides an item for a while, or for good when it needs no answer. */
export function setAside(id: string, until: number): void {
  const kept = Object.entries(putAside()).filter(([, at]) => at > Date.now())
  const next = { ...Object.fromEntries(kept), [id]: until }
  setPutAside(next)
  save('aside', JSON.stringify(next))
}

/** Takes the last `setAside` of an item back. */
export const takeBack = (id: string): void => setAside(id, 0)

function readAside(): Record<string, number> {
  try {
    const value: unknown = JSON.parse(load('aside') || '{}')
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, number] => typeof pair[1] === 'number'),
    )
  } catch {
    return {}
  }
}
