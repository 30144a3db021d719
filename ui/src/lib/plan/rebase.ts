import { type DraftSubtask, isSame, type PlanEdit } from './edit.ts'

/**
 * What was changed between `base` and `mine`, done to `theirs`: of a subtask that both changed, mine is taken. A subtask
 * that is gone from one of them is gone unless the other changed it.
 */
export function rebaseEdit({
  base,
  mine,
  theirs,
}: {
  base: PlanEdit
  mine: PlanEdit
  theirs: PlanEdit
}): PlanEdit {
  const find = (edit: PlanEdit, id: string): DraftSubtask | undefined =>
    edit.subtasks.find((each) => each.id === id)
  const choose = (id: string): DraftSubtask | undefined => {
    const [before, here, there] = [find(base, id), find(mine, id), find(theirs, id)]
    if (!before) return here ?? there
    return isSame(before, here) ? there : (here ?? (isSame(before, there) ? undefined : there))
  }
  const ids = [
    ...theirs.subtasks.map(({ id }) => id),
    ...mine.subtasks.map(({ id }) => id).filter((id) => !find(theirs, id)),
  ]
  const subtasks = ids.map(choose).filter((each) => each !== undefined)
  const known = new Set(subtasks.map(({ id }) => id))
  return {
    strategy: base.strategy === mine.strategy ? theirs.strategy : mine.strategy,
    analysis: base.analysis === mine.analysis ? theirs.analysis : mine.analysis,
    notes: base.notes === mine.notes ? theirs.notes : mine.notes,
    subtasks: subtasks.map((each) => ({
      ...each,
      depends_on: each.depends_on.filter((dep) => known.has(dep)),
    })),
  }
}

/** An old version as it can be brought back now: what has begun stays as it is in the present plan. */
export function restoreEdit({
  old,
  present,
  locks,
}: {
  old: PlanEdit
  present: PlanEdit
  locks: ReadonlySet<string>
}): PlanEdit {
  const kept = present.subtasks.filter(({ id }) => locks.has(id))
  const subtasks = old.subtasks.map(
    (each) =>
      kept.find(({ id }) => id === each.id) ?? { ...each, depends_on: [...each.depends_on] },
  )
  const missing = kept.filter(({ id }) => !old.subtasks.some((each) => each.id === id))
  const all = [...missing, ...subtasks]
  const known = new Set(all.map(({ id }) => id))
  return {
    ...old,
    subtasks: all.map((each) => ({
      ...each,
      depends_on: each.depends_on.filter((dep) => known.has(dep)),
    })),
  }
}
