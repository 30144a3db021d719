/** The text form of a plan: YAML with the names the API uses, and back, with the place of everything that is wrong. */
import { type Document, isMap, isNode, isSeq, parseDocument, stringify } from 'yaml'
import { Complexity } from '#contract/plan.ts'
import type { DraftSubtask, PlanEdit } from './edit.ts'
import { problemsOf } from './edit.ts'

export type TextProblem = { from: number; to: number; message: string }

export type Parsed = {
  /** Absent while the text cannot be read as a plan. */
  edit?: PlanEdit
  problems: TextProblem[]
}

/** Long lines stay one line: what is not typed is not broken. */
const style = { lineWidth: 0, minContentWidth: 0 } as const

export function toText({ strategy, analysis, notes, subtasks }: PlanEdit): string {
  return stringify(
    {
      strategy,
      ...(analysis ? { analysis } : {}),
      ...(notes ? { notes } : {}),
      subtasks: subtasks.map(toEntry),
    },
    style,
  )
}

/** Without what says nothing, and the prompt last, because it is the longest. */
function toEntry(subtask: DraftSubtask): Record<string, unknown> {
  const { id, name, agent_role, model, complexity, depends_on, files_involved } = subtask
  return {
    id,
    name,
    agent_role,
    ...(model ? { model } : {}),
    ...(complexity === 'medium' ? {} : { complexity }),
    ...(depends_on.length > 0 ? { depends_on } : {}),
    ...(files_involved.length > 0 ? { files_involved } : {}),
    ...(subtask.description ? { description: subtask.description } : {}),
    prompt: subtask.prompt,
  }
}

export function parseText(text: string): Parsed {
  const document = parseDocument(text)
  const errors = document.errors.map(({ pos: [from, to], message }) => ({
    from,
    to: Math.max(from + 1, to),
    message: sentence(message),
  }))
  if (errors.length > 0) return { problems: errors }
  const reader = createReader(document)
  const edit = readPlan(reader)
  if (!edit) return { problems: reader.problems }
  const invalid = problemsOf(edit).map(({ path, message }) => ({
    ...reader.place(path === '' ? [] : path.split('.')),
    message,
  }))
  return { edit, problems: [...reader.problems, ...invalid] }
}

/** The first line says it; the rest repeats the text with a caret. */
const sentence = (message: string): string => {
  const first = (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
  return first.endsWith('.') ? first : `${first}.`
}

type Path = readonly string[]
type Reader = {
  problems: TextProblem[]
  at(path: Path): unknown
  keys(path: Path): string[] | undefined
  count(path: Path): number | undefined
  place(path: Path): { from: number; to: number }
  refuse(path: Path, message: string): undefined
}

function createReader(document: Document.Parsed): Reader {
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const nodeAt = (path: Path): unknown =>
    path.length === 0 ? document.contents : document.getIn(path, true)
  const place = (path: Path): { from: number; to: number } => {
    for (let end = path.length; end >= 0; end--) {
      const node = nodeAt(path.slice(0, end))
      if (isNode(node) && node.range) return span(node.range)
    }
    return { from: 0, to: 1 }
  }
  const problems: TextProblem[] = []
  return {
    problems,
    place,
    at: (path) => path.reduce(childOf, value),
    keys(path) {
      const node = nodeAt(path)
      return isMap(node) ? node.items.map(({ key }) => String(key)) : undefined
    },
    count(path) {
      const node = nodeAt(path)
      return isSeq(node) ? node.items.length : undefined
    },
    refuse(path, message) {
      problems.push({ ...place(path), message })
      return undefined
    },
  }
}

const span = ([from, to]: readonly [number, number, number]): { from: number; to: number } => ({
  from,
  to: Math.max(from + 1, to),
})

function childOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  if (typeof value !== 'object' || value === null) return undefined
  // An object with string keys: what YAML makes of a mapping.
  return (value as Record<string, unknown>)[key]
}

const planFields = ['strategy', 'analysis', 'notes', 'subtasks']
const subtaskFields = [
  'id',
  'name',
  'agent_role',
  'model',
  'complexity',
  'depends_on',
  'files_involved',
  'description',
  'prompt',
]

function readPlan(reader: Reader): PlanEdit | undefined {
  if (!checkFields(reader, [], { known: planFields, what: 'A plan' })) return undefined
  const strategy = readChoice(reader, ['strategy'], ['parallel', 'sequential'])
  const analysis = readString(reader, ['analysis'])
  const notes = readString(reader, ['notes'])
  const count = reader.count(['subtasks'])
  if (count === undefined)
    return reader.refuse(['subtasks'], 'A plan needs "subtasks": a list, every entry with a dash.')
  const subtasks = Array.from({ length: count }, (_, index) =>
    readSubtask(reader, ['subtasks', String(index)]),
  )
  const known = subtasks.filter((each) => each !== undefined)
  if (!strategy.ok || !analysis.ok || !notes.ok || known.length < count) return undefined
  return {
    strategy: strategy.value === 'sequential' ? 'sequential' : 'parallel',
    analysis: analysis.value ?? '',
    notes: notes.value ?? '',
    subtasks: known,
  }
}

function readSubtask(reader: Reader, path: Path): DraftSubtask | undefined {
  if (!checkFields(reader, path, { known: subtaskFields, what: 'A subtask' })) return undefined
  const text = (field: string) => readString(reader, [...path, field])
  const list = (field: string) => readList(reader, [...path, field])
  const [id, name, description, prompt, role, model] = [
    text('id'),
    text('name'),
    text('description'),
    text('prompt'),
    text('agent_role'),
    text('model'),
  ]
  const [depends_on, files_involved] = [list('depends_on'), list('files_involved')]
  const complexity = readChoice(reader, [...path, 'complexity'], Complexity.options)
  const all = [id, name, description, prompt, role, model, depends_on, files_involved, complexity]
  if (all.some(({ ok }) => !ok)) return undefined
  return {
    id: id.value ?? '',
    name: name.value ?? '',
    description: description.value ?? '',
    prompt: prompt.value ?? '',
    depends_on: depends_on.value ?? [],
    files_involved: files_involved.value ?? [],
    complexity: Complexity.options.find((each) => each === complexity.value) ?? 'medium',
    agent_role: role.value ?? 'developer',
    ...(model.value ? { model: model.value } : {}),
  }
}

function checkFields(
  reader: Reader,
  path: Path,
  { known, what }: { known: readonly string[]; what: string },
): boolean {
  const keys = reader.keys(path)
  if (!keys) {
    reader.refuse(path, `${what} is a list of fields, for example "${known[0]}: …".`)
    return false
  }
  const strange = keys.filter((key) => !known.includes(key))
  for (const key of strange)
    reader.refuse([...path, key], `${what} has no "${key}". Known are ${known.join(', ')}.`)
  return strange.length === 0
}

type Read<T> = { ok: boolean; value?: T }

function readString(reader: Reader, path: Path): Read<string> {
  const value = reader.at(path)
  if (value === undefined || value === null) return { ok: true }
  if (typeof value === 'string') return { ok: true, value }
  reader.refuse(path, `"${path.at(-1)}" must be a text. Put it in quotes.`)
  return { ok: false }
}

function readChoice(reader: Reader, path: Path, choices: readonly string[]): Read<string> {
  const read = readString(reader, path)
  if (read.value === undefined || choices.includes(read.value)) return read
  reader.refuse(path, `"${path.at(-1)}" is one of ${choices.join(', ')}.`)
  return { ok: false }
}

function readList(reader: Reader, path: Path): Read<string[]> {
  const value = reader.at(path)
  if (value === undefined || value === null) return { ok: true }
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return { ok: true, value }
  reader.refuse(path, `"${path.at(-1)}" must be a list of texts, for example [${'a, b'}].`)
  return { ok: false }
}
