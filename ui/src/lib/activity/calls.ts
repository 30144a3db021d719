/** Tool calls and what came back from them. */
import { type DiffLine, fromPatch } from '../diff.ts'
import { asArray, asNumber, asObject, asText, type Json, toPretty } from '../json.ts'
import { firstLine } from '../text.ts'
import { reduceAnswer } from './asks.ts'
import type { CallState, ReadItem, Row, RowBody, TodoItem } from './rows.ts'
import {
  type Activity,
  addRow,
  clampText,
  dropRow,
  type From,
  findRow,
  patchRow,
  toText,
} from './state.ts'

const workspace = /^\/workspace\//

export const toRelative = (path: string): string => path.replace(workspace, '')

export function reduceCall(activity: Activity, from: From, block: Json): void {
  const callId = asText(block.id)
  const name = asText(block.name)
  const input = asObject(block.input)
  // The row that told of its being written makes room for the call itself.
  if (findRow(activity, callId)?.kind === 'calling') dropRow(activity, callId)
  if (name === 'Read' || name === 'Grep' || name === 'Glob') {
    const target = readTarget(name, input)
    addRead(activity, from, {
      tool: name,
      target,
      result: '',
      state: 'running',
      callId,
      output: '',
    })
  } else if (name === 'TodoWrite')
    addTodo(activity, from, { callId, items: toTodos(input), isPartial: false })
  else if (name === 'TaskCreate' || name === 'TaskUpdate') {
    const items = changeTasks(activity, name, input)
    addTodo(activity, from, { callId, items, isPartial: activity.startsInside })
  } else {
    const id = addRow(activity, { ...from, id: callId, body: toBody(name, input) })
    activity.byCall.set(callId, id)
  }
  countChild(activity, from.parent)
}

function countChild(activity: Activity, parent: string | undefined): void {
  const id = parent === undefined ? undefined : activity.byCall.get(parent)
  if (id === undefined) return
  const count = (activity.childCalls.get(id) ?? 0) + 1
  activity.childCalls.set(id, count)
  patchRow(activity, { id, kind: 'subagent' }, ({ calls }) => ({ calls: Math.max(calls, count) }))
}

function toBody(name: string, input: Json): RowBody {
  switch (name) {
    case 'Bash':
      return { kind: 'bash', state: 'running', command: asText(input.command), output: '' }
    case 'Edit':
    case 'MultiEdit':
    case 'NotebookEdit':
    case 'Write':
      return {
        kind: 'edit',
        state: 'running',
        path: toRelative(asText(input.file_path) || asText(input.notebook_path)),
        isNew: false,
        added: 0,
        deleted: 0,
        lines: [],
      }
    case 'Agent':
    case 'Task':
      return {
        kind: 'subagent',
        state: 'running',
        description: asText(input.description),
        prompt: clampText(asText(input.prompt)),
        calls: 0,
        result: '',
      }
    case 'SendMessage':
      return toTeamMessage(input)
    default: {
      const [, server = '', tool = name] = /^mcp__(.+?)__(.+)$/.exec(name) ?? []
      return {
        kind: 'tool',
        state: 'running',
        server,
        name: tool,
        argument: toArgument(input),
        input,
        output: '',
      }
    }
  }
}

function toTeamMessage(input: Json): RowBody {
  const kind = asText(input.type)
  return {
    kind: 'team',
    state: 'running',
    to: asText(input.to) || asText(input.recipient),
    label: kind === 'message' ? '' : kind,
    text: clampText(asText(input.message) || asText(input.content)),
    output: '',
  }
}

const toArgument = (input: Json): string => {
  const [first] = Object.values(input)
  return first === undefined ? '' : firstLine(toPretty(first)).slice(0, 200)
}

function readTarget(tool: ReadItem['tool'], input: Json): string {
  if (tool === 'Read') return toRelative(asText(input.file_path))
  return asText(input.pattern)
}

const maxReadsInRow = 100

/** Joins the reads right before it. */
function addRead(activity: Activity, from: From, item: ReadItem): void {
  const last = activity.rows.at(-1)
  const isRoom = last?.kind === 'reads' && last.items.length < maxReadsInRow
  const parentId = from.parent === undefined ? undefined : activity.byCall.get(from.parent)
  if (isRoom && last.parent === parentId) {
    patchRow(activity, { id: last.id, kind: 'reads' }, ({ items }) => ({
      items: [...items, item],
      state: 'running',
    }))
    activity.byCall.set(item.callId, last.id)
    return
  }
  const body: RowBody = { kind: 'reads', state: 'running', items: [item] }
  activity.byCall.set(item.callId, addRow(activity, { ...from, id: item.callId, body }))
}

function addTodo(
  activity: Activity,
  from: From,
  { callId, ...list }: { callId: string; items: TodoItem[]; isPartial: boolean },
): void {
  patchRow(activity, { id: activity.todo, kind: 'todo' }, () => ({ isLatest: false }))
  const body: RowBody = { kind: 'todo', ...list, isLatest: true }
  activity.todo = addRow(activity, { ...from, id: callId, body })
  activity.byCall.set(callId, activity.todo)
}

const todoStates: Record<string, TodoItem['state']> = { in_progress: 'active', completed: 'done' }

function toTodos(input: Json): TodoItem[] {
  return asArray(input.todos)
    .map(asObject)
    .map((each) => ({
      text: asText(each.content),
      state: todoStates[asText(each.status)] ?? 'pending',
    }))
}

/** The newer tools change one item at a time; ids count from 1 in the order of creation. */
function changeTasks(activity: Activity, name: string, input: Json): TodoItem[] {
  if (name === 'TaskCreate')
    activity.tasks = [
      ...activity.tasks,
      { id: String(activity.tasks.length + 1), text: asText(input.subject), state: 'pending' },
    ]
  else {
    const id = asText(input.taskId)
    const status = asText(input.status)
    activity.tasks = activity.tasks
      .filter((each) => each.id !== id || status !== 'deleted')
      .map((each) =>
        each.id === id
          ? {
              ...each,
              text: asText(input.subject) || each.text,
              state: status === '' ? each.state : (todoStates[status] ?? 'pending'),
            }
          : each,
      )
  }
  return activity.tasks.map(({ text, state }) => ({ text, state }))
}

type Outcome = { callId: string; text: string; failed: boolean; detail: Json; ms?: number }

export function reduceResultOfCall(activity: Activity, from: From & { result: Json }): void {
  const { result, line } = from
  const callId = asText(result.tool_use_id)
  const row = findRow(activity, activity.byCall.get(callId) ?? '')
  const text = clampText(toText(result.content))
  const failed = result.is_error === true
  reduceAnswer(activity, { callId, text, failed })
  if (!row) {
    if (activity.startsInside) addOrphan(activity, from, { callId, text, failed })
    return
  }
  const detail = asObject(line.tool_use_result)
  const isTimed = row.at !== undefined && activity.now !== undefined
  const ms = isTimed ? { ms: (activity.now ?? 0) - (row.at ?? 0) } : {}
  finish(activity, row, { callId, text, failed, detail, ...ms })
}

/** The call stands before what was read: what came out of it is shown all the same. */
function addOrphan(
  activity: Activity,
  from: From,
  { callId, text, failed }: { callId: string; text: string; failed: boolean },
): void {
  const state: CallState = failed ? 'failed' : 'done'
  addRow(activity, { ...from, id: callId, body: { kind: 'orphan', state, output: text } })
}

function finish(activity: Activity, row: Row, outcome: Outcome): void {
  const { text, failed } = outcome
  const state: CallState = failed ? 'failed' : 'done'
  const took = outcome.ms === undefined ? {} : { ms: outcome.ms }
  const { id, kind } = row
  switch (kind) {
    case 'bash':
      patchRow(activity, { id, kind }, () => ({ ...toShellOutcome(outcome), state, ...took }))
      return
    case 'edit': {
      const error = failed ? { error: text } : {}
      patchRow(activity, { id, kind }, () => ({ state, ...toChange(outcome.detail), ...error }))
      return
    }
    case 'reads':
      patchRow(activity, { id, kind }, ({ items }) => ({ ...endRead(items, outcome), ...took }))
      return
    case 'todo':
      if (failed) patchRow(activity, { id, kind }, () => ({ error: text }))
      return
    case 'subagent':
      patchRow(activity, { id, kind }, () => ({ state, result: text, ...took }))
      return
    case 'team':
      patchRow(activity, { id, kind }, () => ({ state, output: text }))
      return
    case 'tool':
      patchRow(activity, { id, kind }, () => ({ state, output: text, ...took }))
      return
    default:
      return
  }
}

function toShellOutcome({ text, failed }: Outcome): { output: string; exit?: number } {
  const exit = Number(/^(?:Error: )?Exit code (\d+)/.exec(text)?.[1] ?? 0)
  const output = failed ? text.replace(/^(?:Error: )?Exit code \d+\n?/, '') : text
  return exit > 0 ? { output, exit } : { output }
}

function endRead(
  items: readonly ReadItem[],
  { callId, text, failed, detail }: Outcome,
): { items: ReadItem[]; state: CallState } {
  const next = items.map((item): ReadItem => {
    if (item.callId !== callId) return item
    const result = failed ? firstLine(text) : toReadResult(item, { text, detail })
    const output = item.tool === 'Read' && !failed ? '' : clampText(text, maxHits)
    return { ...item, state: failed ? 'failed' : 'done', result, output }
  })
  const isRunning = next.some((item) => item.state === 'running')
  return { items: next, state: isRunning ? 'running' : 'done' }
}

const maxHits = 20_000

function toChange(detail: Json): {
  isNew: boolean
  added: number
  deleted: number
  lines: DiffLine[]
} {
  const isNew = detail.type === 'create'
  const whole = asText(detail.content)
  const hunks =
    isNew && whole !== ''
      ? [
          {
            oldStart: 0,
            newStart: 1,
            lines: whole
              .replace(/\n$/, '')
              .split('\n')
              .map((each) => `+${each}`),
          },
        ]
      : asArray(detail.structuredPatch)
          .map(asObject)
          .map((hunk) => ({
            oldStart: asNumber(hunk.oldStart) ?? 1,
            newStart: asNumber(hunk.newStart) ?? 1,
            lines: asArray(hunk.lines).map(asText),
          }))
  const lines = fromPatch(hunks)
  const count = (kind: DiffLine['kind']): number =>
    lines.filter((each) => each.kind === kind).length
  return { isNew, added: count('add'), deleted: count('del'), lines }
}

function toReadResult(
  { tool }: ReadItem,
  { text, detail }: { text: string; detail: Json },
): string {
  if (tool === 'Read') {
    const lines = asNumber(asObject(detail.file).numLines)
    return lines === undefined ? '' : `${lines} lines`
  }
  const files = asNumber(detail.numFiles) ?? asArray(detail.filenames).length
  const hits = tool === 'Grep' ? asNumber(detail.numLines) : undefined
  const found = files > 0 ? files : text.split('\n').filter((each) => each.trim() !== '').length
  const inFiles = `${found} ${found === 1 ? 'file' : 'files'}`
  return hits === undefined ? inFiles : `${hits} hits in ${inFiles}`
}
