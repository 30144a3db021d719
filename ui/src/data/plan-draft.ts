/**
 * A plan that is being edited, by task: what it was, what it is to be, and every step between. It survives a change of
 * page as it is, and a reload without its steps. Nothing of it reaches the server before it is saved.
 */
import { createSignal, type Signal } from 'solid-js'
import * as v from 'valibot'
import { Complexity, type Plan } from '#contract/plan.ts'
import { countChanges, type Locks, type PlanEdit, toEdit } from '../lib/plan/edit.ts'
import {
  beginHistory,
  type History,
  pushStep,
  redo,
  type Snapshot,
  sealStep,
  undo,
} from '../lib/plan/history.ts'
import { rebaseEdit, restoreEdit } from '../lib/plan/rebase.ts'
import { load, save } from '../lib/storage.ts'
import { api } from './api.ts'
import { store } from './store.ts'

export type PlanDraft = {
  /** Of the plan it began from. */
  version: number
  base: PlanEdit
  history: History
}

const StoredEdit = v.object({
  strategy: v.picklist(['parallel', 'sequential']),
  analysis: v.string(),
  notes: v.string(),
  subtasks: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      description: v.string(),
      prompt: v.string(),
      depends_on: v.array(v.string()),
      files_involved: v.array(v.string()),
      complexity: Complexity,
      agent_role: v.string(),
      model: v.optional(v.string()),
    }),
  ),
})
const Stored = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    version: v.number(),
    base: StoredEdit,
    edit: StoredEdit,
    text: v.optional(v.string()),
    isUnread: v.optional(v.literal(true)),
  }),
)

const drafts = new Map<string, Signal<PlanDraft | undefined>>()
const keyOf = (taskId: string): string => `plan-edit.${taskId}`

function signalOf(taskId: string): Signal<PlanDraft | undefined> {
  const known = drafts.get(taskId)
  if (known) return known
  const made = createSignal(recall(taskId))
  drafts.set(taskId, made)
  return made
}

function recall(taskId: string): PlanDraft | undefined {
  const stored = v.safeParse(Stored, load(keyOf(taskId)))
  if (!stored.success) return undefined
  const { version, base, edit, text, isUnread } = stored.output
  // The key `model` is either a text or not there: what JSON has kept has no undefined.
  const [from, to] = [base, edit] as [PlanEdit, PlanEdit]
  const begun = beginHistory({ edit: from })
  const snapshot = {
    edit: to,
    ...(text === undefined ? {} : { text }),
    ...(isUnread ? { isUnread } : {}),
  }
  return { version, base: from, history: pushStep(begun, snapshot, { label: 'all edits' }) }
}

function put(taskId: string, draft: PlanDraft | undefined): void {
  signalOf(taskId)[1](draft)
  const snapshot = draft?.history.present.snapshot
  const isWorthKeeping = draft && isUnsaved(draft)
  save(
    keyOf(taskId),
    isWorthKeeping ? JSON.stringify({ version: draft.version, base: draft.base, ...snapshot }) : '',
  )
}

function change(taskId: string, next: (draft: PlanDraft) => PlanDraft): void {
  const draft = signalOf(taskId)[0]()
  if (draft) put(taskId, next(draft))
}

const isUnsaved = ({ base, history: { present } }: PlanDraft): boolean =>
  countChanges(base, present.snapshot.edit) > 0 || present.snapshot.text !== undefined

/** Reactive; undefined while nothing is edited. */
export const readDraft = (taskId: string): PlanDraft | undefined => signalOf(taskId)[0]()

/** Reactive: whether something would be passed over by acting on the plan as the server has it. */
export function hasUnsavedEdits(taskId: string): boolean {
  const draft = readDraft(taskId)
  if (!draft) return false
  const { edit, isUnread } = draft.history.present.snapshot
  return isUnread === true || countChanges(draft.base, edit) > 0
}

export function beginDraft(taskId: string, plan: Plan): void {
  if (readDraft(taskId)) return
  const base = toEdit(plan)
  put(taskId, { version: plan.version, base, history: beginHistory({ edit: base }) })
}

export const dropDraft = (taskId: string): void => put(taskId, undefined)

export const stepDraft = (
  taskId: string,
  snapshot: Snapshot,
  step: { label: string; key?: string },
): void =>
  change(taskId, (draft) => ({ ...draft, history: pushStep(draft.history, snapshot, step) }))

const onHistory =
  (act: (history: History) => History) =>
  (taskId: string): void =>
    change(taskId, (draft) => ({ ...draft, history: act(draft.history) }))
export const undoDraft = onHistory(undo)
export const redoDraft = onHistory(redo)
export const sealDraft = onHistory(sealStep)

/** The same edits, done to the plan as it is now. */
export function moveDraftOnto(taskId: string, plan: Plan, locks: Locks): void {
  change(taskId, ({ base, history }) => {
    const theirs = toEdit(plan)
    const merged = rebaseEdit({ base, mine: history.present.snapshot.edit, theirs })
    const edit = restoreEdit({ old: merged, present: theirs, locks })
    const begun = beginHistory({ edit: theirs })
    return {
      version: plan.version,
      base: theirs,
      history: pushStep(begun, { edit }, { label: 'all edits' }),
    }
  })
}

/** Stores the edits as a new version and is done with them. `plan.stale` when the plan has moved on. */
export async function saveDraft(taskId: string): Promise<Plan | undefined> {
  const draft = readDraft(taskId)
  if (!draft) return undefined
  const { strategy, analysis, notes, subtasks } = draft.history.present.snapshot.edit
  const plan = await api.updatePlan(taskId, {
    strategy,
    analysis,
    notes,
    subtasks,
    base_version: draft.version,
  })
  store.plan.put(taskId, plan)
  store.versions.invalidate(taskId)
  dropDraft(taskId)
  await store.task.refresh(taskId)
  return plan
}
