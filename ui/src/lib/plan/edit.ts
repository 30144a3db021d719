/** Editing a plan: every verb is a pure function from one edit to the next, or the sentence that says why not. */
import type { Plan, Subtask, SubtaskSpec } from '#contract/plan.ts'
import { type PlanProblem, validatePlan } from '#contract/plan-validation.ts'
import type { TeamSnapshot } from '#contract/team.ts'

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

/** What a person edits of a plan. */
export type PlanEdit = Pick<Plan, 'strategy' | 'analysis' | 'notes'> & { subtasks: DraftSubtask[] }

export type Edited = { ok: true; edit: PlanEdit } | { ok: false; reason: string }

/** Ids of subtasks that have begun. What they were told, and what they waited for, stays. */
export type Locks = ReadonlySet<string>
export const noLocks: Locks = new Set()

export function toEdit(plan: Pick<Plan, 'strategy' | 'analysis' | 'notes' | 'subtasks'>): PlanEdit {
  const { strategy, analysis, notes } = plan
  return { strategy, analysis, notes, subtasks: plan.subtasks.map(toSpec) }
}

function toSpec(subtask: Subtask): DraftSubtask {
  const { id, name, description, prompt, complexity, agent_role, model } = subtask
  return {
    id,
    name,
    description,
    prompt,
    depends_on: [...subtask.depends_on],
    files_involved: [...subtask.files_involved],
    complexity,
    agent_role,
    ...(model ? { model } : {}),
  }
}

const begun: readonly Subtask['status'][] = [
  'queued',
  'running',
  'integrating',
  'completed',
  'failed',
]

/** Before approval nothing has begun, whatever the rows of an earlier run say. */
export function locksOf(plan: Pick<Plan, 'subtasks'>, taskStatus: string): Locks {
  if (taskStatus === 'planned') return noLocks
  return new Set(plan.subtasks.filter(({ status }) => begun.includes(status)).map(({ id }) => id))
}

const done = (edit: PlanEdit, subtasks: DraftSubtask[]): Edited => ({
  ok: true,
  edit: { ...edit, subtasks },
})
const refuse = (reason: string): Edited => ({ ok: false, reason })
const nameIn = (edit: PlanEdit, id: string): string =>
  edit.subtasks.find((each) => each.id === id)?.name || id
const lockedReason = (edit: PlanEdit, id: string): string =>
  `${nameIn(edit, id)} has begun, so it stays as it is.`

function freeId(edit: PlanEdit, wanted: string): string {
  const taken = new Set(edit.subtasks.map(({ id }) => id))
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted}-${number}`)) number++
  return `${wanted}-${number}`
}

function insertAt(edit: PlanEdit, at: number, added: DraftSubtask): DraftSubtask[] {
  return edit.subtasks.toSpliced(at, 0, added)
}

function blank(edit: PlanEdit): DraftSubtask {
  const taken = new Set(edit.subtasks.map(({ id }) => id))
  let number = edit.subtasks.length + 1
  while (taken.has(`subtask-${number}`)) number++
  return {
    id: `subtask-${number}`,
    name: `Subtask ${number}`,
    description: '',
    prompt: '',
    depends_on: [],
    files_involved: [],
    complexity: 'medium',
    agent_role: 'developer',
  }
}

export type Added = { edit: PlanEdit; id: string }

/** At the end, or right behind the one it is to run after. */
export function addSubtask(edit: PlanEdit, after?: string): Added {
  const at = edit.subtasks.findIndex(({ id }) => id === after)
  const added = { ...blank(edit), depends_on: at < 0 || after === undefined ? [] : [after] }
  const place = at < 0 ? edit.subtasks.length : at + 1
  return { edit: { ...edit, subtasks: insertAt(edit, place, added) }, id: added.id }
}

/** `to` runs after the new one, which runs after `from`. */
export function insertBetween(
  edit: PlanEdit,
  { from, to }: { from: string; to: string },
  locks: Locks = noLocks,
): (Added & { ok: true }) | { ok: false; reason: string } {
  if (locks.has(to)) return { ok: false, reason: lockedReason(edit, to) }
  const { edit: grown, id } = addSubtask(edit, from)
  const subtasks = grown.subtasks.map((each) =>
    each.id === to
      ? { ...each, depends_on: each.depends_on.map((dep) => (dep === from ? id : dep)) }
      : each,
  )
  return { ok: true, edit: { ...grown, subtasks }, id }
}

/** A copy that waits for the same and that nothing waits for. */
export function duplicateSubtask(edit: PlanEdit, id: string): Added {
  const at = edit.subtasks.findIndex((each) => each.id === id)
  const source = edit.subtasks[at]
  if (!source) return { edit, id }
  const copy = {
    ...source,
    // Ids have at most 40 characters and end with a letter or a digit.
    id: freeId(edit, `${source.id.slice(0, 32).replace(/-+$/, '')}-copy`),
    name: `${source.name.slice(0, 190)} (copy)`,
    depends_on: [...source.depends_on],
    files_involved: [...source.files_involved],
  }
  return { edit: { ...edit, subtasks: insertAt(edit, at + 1, copy) }, id: copy.id }
}

/** Ids that wait for `id`. */
export const dependantsOf = (edit: PlanEdit, id: string): string[] =>
  edit.subtasks.filter(({ depends_on }) => depends_on.includes(id)).map((each) => each.id)

/** Whether a removal has something to join: it waits for some and some wait for it. */
export const hasNeighbours = (edit: PlanEdit, id: string): boolean =>
  dependantsOf(edit, id).length > 0 &&
  (edit.subtasks.find((each) => each.id === id)?.depends_on.length ?? 0) > 0

/** With `join` what waited for it waits for what it waited for. */
export function removeSubtask(
  edit: PlanEdit,
  id: string,
  { join, locks = noLocks }: { join: boolean; locks?: Locks },
): Edited {
  const removed = edit.subtasks.find((each) => each.id === id)
  if (!removed) return refuse('It is not in the plan any more.')
  if (locks.has(id)) return refuse(lockedReason(edit, id))
  if (edit.subtasks.length === 1) return refuse('A plan needs at least one subtask.')
  const held = dependantsOf(edit, id).find((each) => locks.has(each))
  if (held) return refuse(lockedReason(edit, held))
  const heirs = join ? removed.depends_on : []
  const without = (depends_on: readonly string[]): string[] => [
    ...new Set(depends_on.flatMap((dep) => (dep === id ? heirs : [dep]))),
  ]
  return done(
    edit,
    edit.subtasks
      .filter((each) => each.id !== id)
      .map((each) =>
        each.depends_on.includes(id) ? { ...each, depends_on: without(each.depends_on) } : each,
      ),
  )
}

/** A new id is followed by everything that named the old one. */
export function changeSubtask(edit: PlanEdit, id: string, change: Partial<DraftSubtask>): PlanEdit {
  const subtasks = edit.subtasks.map((each) => {
    if (each.id !== id) return each
    const { model, ...rest } = { ...each, ...change }
    // No model means that of the task.
    return model ? { ...rest, model } : rest
  })
  const newId = change.id
  if (newId === undefined || newId === id) return { ...edit, subtasks }
  return {
    ...edit,
    subtasks: subtasks.map((each) => ({
      ...each,
      depends_on: each.depends_on.map((dep) => (dep === id ? newId : dep)),
    })),
  }
}

/** Ids from `from` along what waits for it to `to`, the shortest way; undefined when there is none. */
export function pathBetween(edit: PlanEdit, from: string, to: string): string[] | undefined {
  const ways = new Map<string, string[]>([[from, [from]]])
  for (const [id, way] of ways) {
    if (id === to) return way
    for (const next of dependantsOf(edit, id)) if (!ways.has(next)) ways.set(next, [...way, next])
  }
  return undefined
}

/** `to` runs after `from`. A loop is refused with its path in names. */
export function connect(
  edit: PlanEdit,
  { from, to }: { from: string; to: string },
  locks: Locks = noLocks,
): Edited {
  const target = edit.subtasks.find(({ id }) => id === to)
  if (!target || !edit.subtasks.some(({ id }) => id === from))
    return refuse('It is not in the plan any more.')
  if (from === to) return refuse('A subtask cannot wait for itself.')
  if (locks.has(to)) return refuse(lockedReason(edit, to))
  if (target.depends_on.includes(from))
    return refuse(`${nameIn(edit, to)} runs after ${nameIn(edit, from)} already.`)
  const loop = pathBetween(edit, to, from)
  if (loop) {
    const words = [...loop, to].map((id) => nameIn(edit, id)).join(' → ')
    return refuse(`That makes a loop: ${words}. Remove one of these dependencies first.`)
  }
  return { ok: true, edit: changeSubtask(edit, to, { depends_on: [...target.depends_on, from] }) }
}

export function disconnect(
  edit: PlanEdit,
  { from, to }: { from: string; to: string },
  locks: Locks = noLocks,
): Edited {
  const target = edit.subtasks.find(({ id }) => id === to)
  if (!target?.depends_on.includes(from)) return refuse('This dependency is gone already.')
  if (locks.has(to)) return refuse(lockedReason(edit, to))
  const depends_on = target.depends_on.filter((dep) => dep !== from)
  return { ok: true, edit: changeSubtask(edit, to, { depends_on }) }
}

/** By one place in the plan's order, which decides who is first among equals. */
export function moveSubtask(edit: PlanEdit, id: string, by: -1 | 1): Edited {
  const at = edit.subtasks.findIndex((each) => each.id === id)
  const other = edit.subtasks[at + by]
  const moved = edit.subtasks[at]
  if (!moved || !other)
    return refuse(by < 0 ? 'It is the first already.' : 'It is the last already.')
  return done(edit, edit.subtasks.with(at, other).with(at + by, moved))
}

/** Subtasks added, removed or changed, the fields of the plan itself, and one for another order. */
export function countChanges(before: PlanEdit, after: PlanEdit): number {
  const known = new Map(before.subtasks.map((each) => [each.id, each]))
  const kept = after.subtasks.filter(({ id }) => known.has(id))
  const changed = kept.filter((each) => !isSame(known.get(each.id), each)).length
  const added = after.subtasks.length - kept.length
  const removed = before.subtasks.length - kept.length
  const fields = (['strategy', 'analysis', 'notes'] as const).filter(
    (field) => before[field] !== after[field],
  ).length
  const keptIds = new Set(kept.map(({ id }) => id))
  const order = before.subtasks.filter(({ id }) => keptIds.has(id))
  const isMoved = order.some(({ id }, index) => kept[index]?.id !== id)
  return changed + added + removed + fields + (isMoved ? 1 : 0)
}

/** Dependencies and files are sets: their order says nothing. */
export function isSame(one: DraftSubtask | undefined, other: DraftSubtask | undefined): boolean {
  if (!one || !other) return one === other
  const canonical = ({ depends_on, files_involved, model, ...rest }: DraftSubtask): string =>
    JSON.stringify([
      rest.id,
      rest.name,
      rest.description,
      rest.prompt,
      rest.complexity,
      rest.agent_role,
      model ?? '',
      [...depends_on].sort(),
      [...files_involved].sort(),
    ])
  return canonical(one) === canonical(other)
}

/** Empty when the plan can be saved. */
export function problemsOf(edit: PlanEdit, team: TeamSnapshot | null = null): PlanProblem[] {
  const check = validatePlan(edit, team)
  return check.ok ? [] : check.problems
}

/** The problems of one subtask by its field. */
export function problemsOfSubtask(
  edit: PlanEdit,
  problems: readonly PlanProblem[],
  id: string,
): Partial<Record<string, string>> {
  const index = edit.subtasks.findIndex((each) => each.id === id)
  const mine = problems.filter(({ path }) => path.startsWith(`subtasks.${index}.`))
  return Object.fromEntries(
    mine.map(({ path, message }) => [path.split('.')[2], message] as const).reverse(),
  )
}

/** Ids of subtasks that have a problem. */
export function troubled(edit: PlanEdit, problems: readonly PlanProblem[]): Set<string> {
  const ids = problems.map(({ path }) => edit.subtasks[Number(path.split('.')[1])]?.id)
  return new Set(ids.filter((id) => id !== undefined))
}
