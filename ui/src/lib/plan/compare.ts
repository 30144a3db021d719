/** What is different between two versions of a plan, subtask by subtask and field by field. */
import { type DiffLine, fromPatch } from '../diff.ts'
import { type DraftSubtask, isSame, type PlanEdit } from './edit.ts'
import { diffTexts } from './text-diff.ts'

export type FieldChange =
  | { field: string; kind: 'value'; before: string; after: string }
  | { field: string; kind: 'list'; added: string[]; removed: string[] }
  | { field: string; kind: 'text'; lines: DiffLine[] }

export type SubtaskChange = {
  id: string
  name: string
  kind: 'added' | 'removed' | 'changed'
  fields: FieldChange[]
}

export type PlanComparison = {
  /** Of the plan as a whole. */
  fields: FieldChange[]
  subtasks: SubtaskChange[]
  unchanged: number
  isReordered: boolean
}

export function comparePlans(before: PlanEdit, after: PlanEdit): PlanComparison {
  const old = new Map(before.subtasks.map((each) => [each.id, each]))
  const kept = after.subtasks.filter(({ id }) => old.has(id))
  const ids = new Set(kept.map(({ id }) => id))
  const changed = after.subtasks.flatMap((each): SubtaskChange[] => {
    const known = old.get(each.id)
    if (!known) return [{ ...nameOf(each), kind: 'added', fields: compareSubtasks(none, each) }]
    if (isSame(known, each)) return []
    return [{ ...nameOf(each), kind: 'changed', fields: compareSubtasks(known, each) }]
  })
  const removed = before.subtasks
    .filter(({ id }) => !ids.has(id))
    .map((each): SubtaskChange => ({ ...nameOf(each), kind: 'removed', fields: [] }))
  return {
    fields: [
      ...value('Order', before.strategy, after.strategy),
      ...text('Analysis', before.analysis, after.analysis),
      ...text('Notes', before.notes, after.notes),
    ],
    subtasks: [...changed, ...removed],
    unchanged: kept.length - changed.filter(({ kind }) => kind === 'changed').length,
    isReordered: before.subtasks
      .filter(({ id }) => ids.has(id))
      .some(({ id }, index) => kept[index]?.id !== id),
  }
}

const nameOf = ({ id, name }: DraftSubtask): { id: string; name: string } => ({ id, name })

const none: DraftSubtask = {
  id: '',
  name: '',
  description: '',
  prompt: '',
  depends_on: [],
  files_involved: [],
  complexity: 'medium',
  agent_role: '',
}

function compareSubtasks(before: DraftSubtask, after: DraftSubtask): FieldChange[] {
  const isNew = before.id === ''
  return [
    ...(isNew ? [] : value('Name', before.name, after.name)),
    ...value('Role', before.agent_role, after.agent_role),
    ...value('Model', before.model ?? 'of the task', after.model ?? 'of the task'),
    ...value('Complexity', before.complexity, after.complexity),
    ...list('Runs after', before.depends_on, after.depends_on),
    ...list('Files', before.files_involved, after.files_involved),
    ...text('Description', before.description, after.description),
    ...text('Prompt', before.prompt, after.prompt),
  ]
}

const value = (field: string, before: string, after: string): FieldChange[] =>
  before === after ? [] : [{ field, kind: 'value', before, after }]

function list(field: string, before: readonly string[], after: readonly string[]): FieldChange[] {
  const added = after.filter((each) => !before.includes(each))
  const removed = before.filter((each) => !after.includes(each))
  return added.length + removed.length === 0 ? [] : [{ field, kind: 'list', added, removed }]
}

const text = (field: string, before: string, after: string): FieldChange[] =>
  before === after ? [] : [{ field, kind: 'text', lines: fromPatch(diffTexts(before, after)) }]

/** "2 added, 1 changed, 1 removed, other order"; "Nothing differs" when so. */
export function describeComparison({ subtasks, fields, isReordered }: PlanComparison): string {
  const count = (kind: SubtaskChange['kind']): string => {
    const number = subtasks.filter((each) => each.kind === kind).length
    return number > 0 ? `${number} ${kind}` : ''
  }
  const words = [
    count('added'),
    count('changed'),
    count('removed'),
    isReordered ? 'other order' : '',
    fields.length > 0
      ? `${fields.map(({ field }) => field.toLowerCase()).join(' and ')} changed`
      : '',
  ].filter(Boolean)
  return words.length === 0 ? 'Nothing differs' : words.join(', ')
}
