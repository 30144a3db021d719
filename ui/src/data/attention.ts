/** What waits for a person, from the store; worked out once for every place that shows it. */
import { createMemo, createRoot, createSignal } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { load, save } from '../lib/storage.ts'
import { type Attention, mayNeedPerson, toAttention } from './attention-items.ts'
import { now } from './clock.ts'
import { store, type TaskGroup } from './store.ts'

/** Reactive; fetches the questions and plans it needs. Without what was put aside. */
export const listAttention = (): readonly Attention[] => {
  items ??= createRoot(() => createMemo(() => openItems()))
  return items()
}
let items: (() => readonly Attention[]) | undefined

/** Reactive: the number beside Inbox and in the window's title. */
export const countAttention = (): number => listAttention().length

/** Reactive: whether the list is whole. Until then a page shows its skeleton instead of rows that come one by one. */
export function isAttentionKnown(): boolean {
  const isThere = (group: TaskGroup): boolean => store.tasks.get(group).state !== 'loading'
  return (
    isThere('active') &&
    isThere('recent') &&
    !listKnownTasks().some((task) => mayNeedPerson(task, currentMinute()) && isLoading(task))
  )
}

const listKnownTasks = (): Task[] => [
  ...(store.tasks.get('active').value ?? []),
  ...(store.tasks.get('recent').value ?? []),
]

/** Only questions tell about a task that asks, only its plan about one that has failed. */
function isLoading(task: Task): boolean {
  if (task.phase === 'awaiting_answers') return store.questions.get(task.id).state === 'loading'
  return task.plan_version !== null && store.plan.get(task.id).state === 'loading'
}

function openItems(): Attention[] {
  const at = currentMinute()
  const tasks = listKnownTasks()
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const known = {
    questions: (id: string) => store.questions.get(id).value,
    // Asking for a plan that was never made would be refused.
    plan: (id: string) =>
      byId.get(id)?.plan_version === null ? undefined : store.plan.get(id).value,
    isLoading(id: string): boolean {
      const task = byId.get(id)
      return task !== undefined && isLoading(task)
    },
  }
  const aside = putAside()
  return toAttention(tasks, known, at).filter(({ id }) => (aside[id] ?? 0) <= at)
}

let minute: (() => number) | undefined
/** Epoch milliseconds; ages matter by the day here, so a new minute is soon enough. */
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
