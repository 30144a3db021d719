/** The last event of each task that this page has heard of, so that a log can read on when there is more. */
import { createSignal, type Signal } from 'solid-js'
import type { TaskEvent } from '#contract/event.ts'

type Heard = Pick<TaskEvent, 'seq' | 'type'>

const tasks = new Map<string, Signal<Heard | undefined>>()

export function noteHeard({ task_id: id, seq, type }: Heard & Pick<TaskEvent, 'task_id'>): void {
  tasks.get(id)?.[1]({ seq, type })
}

/** Reactive. Undefined until something happens while it is asked for. */
export function lastHeard(taskId: string): Heard | undefined {
  const known = tasks.get(taskId) ?? createSignal<Heard>()
  tasks.set(taskId, known)
  return known[0]()
}
