/** What the forms of a plan share while it is edited: the draft, its verbs, and why a verb was refused. */
import { type Accessor, createMemo, createSignal } from 'solid-js'
import type { Plan, PlanWarning } from '#contract/plan.ts'
import type { PlanProblem } from '#contract/plan-validation.ts'
import { planWarnings } from '#contract/plan-warnings.ts'
import type { Task } from '#contract/task.ts'
import {
  beginDraft,
  dropDraft,
  hasUnsavedEdits,
  moveDraftOnto,
  type PlanDraft,
  readDraft,
  redoDraft,
  sealDraft,
  stepDraft,
  undoDraft,
} from '../../data/plan-draft.ts'
import {
  addSubtask,
  changeSubtask,
  connect,
  countChanges,
  type DraftSubtask,
  disconnect,
  duplicateSubtask,
  type Edited,
  insertBetween,
  isSame,
  type Locks,
  locksOf,
  moveSubtask,
  type PlanEdit,
  problemsOf,
  removeSubtask,
  toEdit,
  troubled,
} from '../../lib/plan/edit.ts'
import { restoreEdit } from '../../lib/plan/rebase.ts'

export type EdgeId = { from: string; to: string }

const editable: readonly Task['status'][] = ['planned', 'running', 'paused', 'failed']

export type Editor = ReturnType<typeof createEditor>

export function createEditor(props: {
  task: Task
  plan: Plan
  onSelect: (id: string | null) => void
}) {
  const taskId = (): string => props.task.id
  const draft: Accessor<PlanDraft | undefined> = createMemo(() => readDraft(taskId()))
  const present = createMemo(() => toEdit(props.plan))
  const edit = createMemo((): PlanEdit => draft()?.history.present.snapshot.edit ?? present())
  const locks = createMemo((): Locks => locksOf(props.plan, props.task.status))
  const problems = createMemo((): PlanProblem[] =>
    draft() ? problemsOf(edit(), props.task.team) : [],
  )
  const warnings = createMemo((): PlanWarning[] => {
    const { mode, team = null } = props.task
    return problems().length > 0 ? [] : planWarnings(edit(), { mode, team })
  })
  const changes = createMemo(() => {
    const known = draft()
    return known ? countChanges(known.base, edit()) : 0
  })
  const [notice, setNotice] = createSignal('')
  const canEdit = (): boolean =>
    editable.includes(props.task.status) &&
    props.task.phase !== 'stopping' &&
    props.task.phase !== 'restoring' &&
    props.task.phase !== 'cancelling'

  const step = (next: PlanEdit, label: string, key?: string): void => {
    setNotice('')
    stepDraft(taskId(), { edit: next }, { label, ...(key ? { key } : {}) })
  }
  const take = (result: Edited, label: string): boolean => {
    if (result.ok) step(result.edit, label)
    else setNotice(result.reason)
    return result.ok
  }
  const nameOf = (id: string): string => edit().subtasks.find((each) => each.id === id)?.name || id
  const begin = (): boolean => {
    if (canEdit()) beginDraft(taskId(), props.plan)
    return canEdit()
  }
  /** Changes to what has begun since: the server would refuse them. */
  const lost = createMemo((): string[] => {
    if (!draft()) return []
    const then = new Map(edit().subtasks.map((each) => [each.id, each]))
    return present()
      .subtasks.filter((each) => locks().has(each.id) && !isSame(each, then.get(each.id)))
      .map(({ name }) => name)
  })
  return {
    ...createVerbs({ edit, locks, step, take, nameOf, select: (id) => props.onSelect(id) }),
    begin,
    canEdit,
    draft,
    edit,
    locks,
    problems,
    warnings,
    changes,
    lost,
    notice,
    setNotice,
    nameOf,
    isUnread: (): boolean => draft()?.history.present.snapshot.isUnread === true,
    isEditing: (): boolean => draft() !== undefined,
    isUnsaved: (): boolean => hasUnsavedEdits(taskId()),
    troubled: createMemo(() => troubled(edit(), problems())),
    /** The server's plan is another than the one the edits began from. */
    isStale: (): boolean => (draft()?.version ?? props.plan.version) !== props.plan.version,
    canSave: (): boolean =>
      changes() > 0 &&
      problems().length === 0 &&
      draft()?.history.present.snapshot.isUnread !== true &&
      lost().length === 0 &&
      (draft()?.version ?? 0) === props.plan.version,
    discard(): void {
      setNotice('')
      dropDraft(taskId())
    },
    takeBackLost: (): void =>
      step(
        restoreEdit({ old: edit(), present: present(), locks: locks() }),
        'take back what has begun',
      ),
    moveOnto: (): void => moveDraftOnto(taskId(), props.plan, locks()),
    undo(): void {
      setNotice('')
      undoDraft(taskId())
    },
    redo(): void {
      setNotice('')
      redoDraft(taskId())
    },
    seal: (): void => sealDraft(taskId()),
    /** Words of what undo and redo would do; empty when there is nothing. */
    undoLabel: (): string =>
      (draft()?.history.past.length ? draft()?.history.present.label : '') ?? '',
    redoLabel: (): string => draft()?.history.future[0]?.label ?? '',
    text: (): string | undefined => draft()?.history.present.snapshot.text,
    setText(text: string, read: PlanEdit | undefined): void {
      setNotice('')
      const snapshot = read ? { edit: read, text } : { edit: edit(), text, isUnread: true as const }
      stepDraft(taskId(), snapshot, { label: 'edit the text', key: 'text' })
    },
  }
}

type Verbs = {
  edit: () => PlanEdit
  locks: () => Locks
  step: (next: PlanEdit, label: string, key?: string) => void
  take: (result: Edited, label: string) => boolean
  nameOf: (id: string) => string
  select: (id: string | null) => void
}

function createVerbs({ edit, locks, step, take, nameOf, select }: Verbs) {
  const remove = (id: string, join: boolean): boolean => {
    const name = nameOf(id)
    const isDone = take(removeSubtask(edit(), id, { join, locks: locks() }), `remove ${name}`)
    if (isDone) select(null)
    return isDone
  }
  return {
    remove,
    add(after?: string): void {
      const added = addSubtask(edit(), after)
      step(added.edit, 'add a subtask')
      select(added.id)
    },
    insert({ from, to }: EdgeId): void {
      const result = insertBetween(edit(), { from, to }, locks())
      take(result, `insert before ${nameOf(to)}`)
      if (result.ok) select(result.id)
    },
    duplicate(id: string): void {
      const copy = duplicateSubtask(edit(), id)
      step(copy.edit, `duplicate ${nameOf(id)}`)
      select(copy.id)
    },
    connect: ({ from, to }: EdgeId): boolean =>
      take(connect(edit(), { from, to }, locks()), `${nameOf(to)} after ${nameOf(from)}`),
    disconnect: ({ from, to }: EdgeId): boolean =>
      take(disconnect(edit(), { from, to }, locks()), `${nameOf(to)} not after ${nameOf(from)}`),
    move: (id: string, by: -1 | 1): boolean =>
      take(moveSubtask(edit(), id, by), `move ${nameOf(id)}`),
    change(id: string, change: Partial<DraftSubtask>): void {
      const field = Object.keys(change)[0] ?? ''
      step(changeSubtask(edit(), id, change), `edit ${nameOf(id)}`, `${id}.${field}`)
      if (change.id !== undefined) select(change.id)
    },
    changePlan: (change: Partial<Omit<PlanEdit, 'subtasks'>>): void =>
      step({ ...edit(), ...change }, 'edit the plan', `plan.${Object.keys(change)[0]}`),
  }
}
