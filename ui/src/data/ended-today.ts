import { type Accessor, createMemo } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { now } from './clock.ts'
import { store } from './store.ts'

/** Epoch milliseconds. */
export const endOf = (task: Task): number => Date.parse(task.completed_at ?? task.updated_at)

/** Tasks that ended since midnight, the last one first. */
export function createEndedToday(): Accessor<readonly Task[]> {
  const today = createMemo(() => new Date(now()).setHours(0, 0, 0, 0))
  return createMemo(() =>
    (store.tasks.get('recent').value ?? [])
      .filter((task) => endOf(task) >= today())
      .toSorted((a, b) => endOf(b) - endOf(a)),
  )
}
