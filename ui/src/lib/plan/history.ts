/** Undo and redo for everything that is done to a plan: a row of states, each with the words for the step that made it. */
import type { PlanEdit } from './edit.ts'

export type Snapshot = {
  edit: PlanEdit
  /** As it was typed in the text form, while it says the same as `edit` or cannot be read yet. */
  text?: string
  /** The text cannot be read as a plan; `edit` is what it said last. */
  isUnread?: true
}

type Step = { snapshot: Snapshot; label: string; key?: string }

export type History = {
  past: readonly Step[]
  present: Step
  future: readonly Step[]
}

const maxSteps = 200

export const beginHistory = (snapshot: Snapshot): History => ({
  past: [],
  present: { snapshot, label: '' },
  future: [],
})

/** Steps with the same `key` in a row are one, so that a word is undone and not its letters. */
export function pushStep(
  history: History,
  snapshot: Snapshot,
  { label, key }: { label: string; key?: string },
): History {
  const isSameStep = key !== undefined && key === history.present.key
  const past = isSameStep ? history.past : [...history.past, history.present].slice(-maxSteps)
  return { past, present: { snapshot, label, ...(key ? { key } : {}) }, future: [] }
}

/** The next step is a new one even when it has the same key. */
export function sealStep(history: History): History {
  const { snapshot, label } = history.present
  return { ...history, present: { snapshot, label } }
}

export function undo(history: History): History {
  const before = history.past.at(-1)
  if (!before) return history
  return {
    past: history.past.slice(0, -1),
    present: { snapshot: before.snapshot, label: before.label },
    future: [history.present, ...history.future],
  }
}

export function redo(history: History): History {
  const [next, ...future] = history.future
  if (!next) return history
  return {
    past: [...history.past, history.present],
    present: { snapshot: next.snapshot, label: next.label },
    future,
  }
}
