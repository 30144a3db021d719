/** Tool calls and what came back from them. */
import { type DiffLine, fromPatch } from '../diff.ts'
import { asArray, asNumber, asObject, asText, type Json, toPretty } from '../json.ts'
import { firstLine } from '../text.ts'
import type { CallState, ReadItem, RowBody, TodoItem } from './rows.ts'
import { type Activity, addRow, type From, findRow, patchRow, toText } from './state.ts'

const workspace = /^\/workspace\//

export const toRelative = (path: string): string => path.replace(workspace, '')

export function reduceCall(activity: Activity, from: From, block: Json): void {
  const callId = asText(block.id)
  const name = asText(block.name)
  const input = asObject(block.input)
  if (name === 'Read' || name === 'Grep' || name === 'Glob') {
    addRead(activity, from, {
      tool: name,
      target: readTarget(name, input),
      result: '',
      state: 'running',
      callId,
    })
    return
  }
  if (name === 'TodoWrite') {
    addTodo(activity, from, { callId, items: toTodos(input) })
    return
  }
  if (name === 'TaskCreate' || name === 'TaskUpdate') {
    addTodo(activity, from, { callId, items: changeTasks(activity, name, input) })
    return
  }
  const id = addRow(activity, { ...from, id: callId, body: toBody(name, input) })
  activity.byCall.set(callId, id)
  const parentId = from.parent === undefined ? undefined : activity.byCall.get(from.parent)
  patchRow(activity, { id: parentId, kind: 'subagent' }, ({ calls }) => ({
    calls: Math.max(calls, countCalls(activity, parentId)),
  }))
}

const calls = new Set(['bash', 'edit', 'reads', 'tool', 'subagent'])

function countCalls({ rows }: Activity, parentId: string | undefined): number {
  return rows.filter(({ parent, kind }) => parent === parentId && calls.has(kind)).length
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
        calls: 0,
        result: '',
      }
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

const toArgument = (input: Json): string => {
  const [first] = Object.values(input)
  return first === undefined ? '' : firstLine(toPretty(first)).slice(0, 200)
}

function readTarget(tool: ReadItem['tool'], input: Json): string {
  if (tool === 'Read') return toRelative(asText(input.file_path))
  return asText(input.pattern)
}

/** Joins the reads right before it. */
function addRead(activity: Activity, from: From, item: ReadItem): void {
  const last = activity.rows.at(-1)
  const parentId = from.parent === undefined ? undefined : activity.byCall.get(from.parent)
  if (last?.kind === 'reads' && last.parent === parentId) {
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
  { callId, items }: { callId: string; items: TodoItem[] },
): void {
  patchRow(activity, { id: activity.todo, kind: 'todo' }, () => ({ isLatest: false }))
  const body: RowBody = { kind: 'todo', items, isLatest: true }
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

export function reduceResultOfCall(activity: Activity, from: From & { result: Json }): void {
  const { result, line } = from
  const callId = asText(result.tool_use_id)
  const row = findRow(activity, activity.byCall.get(callId) ?? '')
  if (!row) return
  const text = toText(result.content)
  const failed = result.is_error === true
  const detail = asObject(line.tool_use_result)
  const state: CallState = failed ? 'failed' : 'done'
  const since =
    row.at !== undefined && activity.now !== undefined ? activity.now - row.at : undefined
  const took = since === undefined ? {} : { ms: since }
  const { id, kind } = row
  switch (kind) {
    case 'bash': {
      const exit = Number(/^(?:Error: )?Exit code (\d+)/.exec(text)?.[1] ?? 0)
      const output = failed ? text.replace(/^(?:Error: )?Exit code \d+\n?/, '') : text
      const code = exit > 0 ? { exit } : {}
      patchRow(activity, { id, kind }, () => ({ state, output, ...code, ...took }))
      return
    }
    case 'edit':
      patchRow(activity, { id, kind }, () => ({
        state,
        ...toChange(detail),
        ...(failed ? { error: text } : {}),
      }))
      return
    case 'reads':
      patchRow(activity, { id, kind }, ({ items }) => {
        const next = items.map(
          (item): ReadItem =>
            item.callId === callId
              ? {
                  ...item,
                  state,
                  result: failed ? firstLine(text) : toReadResult(item, { text, detail }),
                }
              : item,
        )
        const isRunning = next.some((item) => item.state === 'running')
        return { items: next, state: isRunning ? 'running' : 'done', ...took }
      })
      return
    case 'subagent':
      patchRow(activity, { id, kind }, () => ({ state, result: text, ...took }))
      return
    case 'tool':
      patchRow(activity, { id, kind }, () => ({ state, output: text, ...took }))
      return
    default:
      return
  }
}

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
