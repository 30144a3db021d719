/** Editing a plan: what is changed, what may be changed, and what is wrong with it. Pure. */

import type { Plan, Subtask, SubtaskSpec } from '#contract/plan.ts'
import { describeProblems, findCycle, validatePlan } from '#contract/plan-validation.ts'

/** What a person edits of one subtask. */
export type DraftSubtask = Pick<
  SubtaskSpec,
  | 'id'
  | 'name'
  | 'description'
  | 'prompt'
  | 'depends_on'
  | 'files_involved'
  | 'complexity'
  | 'agent_role'
> & { model?: string }

export function toDraft(plan: Pick<Plan, 'subtasks'>): DraftSubtask[] {
  return plan.subtasks.map(toSpec)
}

function toSpec(subtask: Subtask): DraftSubtask {
  const {
    id,
    name,
    description,
    prompt,
    depends_on,
    files_involved,
    complexity,
    agent_role,
    model,
  } = subtask
  return {
    id,
    name,
    description,
    prompt,
    depends_on: [...depends_on],
    files_involved: [...files_involved],
    complexity,
    agent_role,
    ...(model ? { model } : {}),
  }
}

/** A subtask that has begun keeps what its agent was told. */
export const isLocked = ({ status }: Pick<Subtask, 'status'>): boolean => status !== 'pending'

export function countChanges(plan: Pick<Plan, 'subtasks'>, draft: readonly DraftSubtask[]): number {
  const before = new Map(toDraft(plan).map((each) => [each.id, JSON.stringify(each)]))
  const kept = new Set(draft.map(({ id }) => id))
  const changed = draft.filter((each) => before.get(each.id) !== JSON.stringify(each)).length
  return changed + [...before.keys()].filter((id) => !kept.has(id)).length
}

/** Sentences; empty when the plan can be saved. */
export function problemsOfDraft(draft: readonly DraftSubtask[]): string[] {
  const check = validatePlan({ subtasks: draft })
  return check.ok ? [] : describeProblems(check.problems).split('\n')
}

export function addSubtask(draft: readonly DraftSubtask[], after?: string): DraftSubtask[] {
  const taken = new Set(draft.map(({ id }) => id))
  let number = draft.length + 1
  while (taken.has(`subtask-${number}`)) number++
  const added: DraftSubtask = {
    id: `subtask-${number}`,
    name: `Subtask ${number}`,
    description: '',
    prompt: '',
    depends_on: after === undefined ? [] : [after],
    files_involved: [],
    complexity: 'medium',
    agent_role: 'developer',
  }
  return [...draft, added]
}

/** What needed the removed one now needs what it needed. */
export function removeSubtask(draft: readonly DraftSubtask[], id: string): DraftSubtask[] {
  const removed = draft.find((each) => each.id === id)
  return draft
    .filter((each) => each.id !== id)
    .map((each) =>
      each.depends_on.includes(id)
        ? {
            ...each,
            depends_on: [
              ...new Set([
                ...each.depends_on.filter((dep) => dep !== id),
                ...(removed?.depends_on ?? []),
              ]),
            ],
          }
        : each,
    )
}

export function changeSubtask(
  draft: readonly DraftSubtask[],
  id: string,
  change: Partial<DraftSubtask>,
): DraftSubtask[] {
  return draft.map((each) => {
    if (each.id !== id) return each
    const { model, ...rest } = { ...each, ...change }
    // No model means that of the task.
    return model ? { ...rest, model } : rest
  })
}

export type Toggled = { ok: true; draft: DraftSubtask[] } | { ok: false; cycle: string[] }

/** Adds or takes away one dependency; a loop is refused with its path. */
export function toggleDependency(draft: readonly DraftSubtask[], id: string, on: string): Toggled {
  const next = draft.map((each) => {
    if (each.id !== id) return each
    const has = each.depends_on.includes(on)
    return {
      ...each,
      depends_on: has ? each.depends_on.filter((dep) => dep !== on) : [...each.depends_on, on],
    }
  })
  const cycle = findCycle(next)
  return cycle ? { ok: false, cycle } : { ok: true, draft: next }
}
