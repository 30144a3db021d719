/** What the reducer knows so far, and the few ways to change it. */
import { asArray, asObject, asText, type Json } from '../json.ts'
import { detach } from '../text.ts'
import type { Row, RowBody, RowOf } from './rows.ts'

export type Activity = {
  rows: Row[]
  /** Row ids by tool call, by message and by open retry. */
  byCall: Map<string, string>
  byMessage: Map<string, string>
  place: Map<string, number>
  /** Epoch milliseconds of the newest line that told the time, and of the first. */
  now: number | undefined
  startedAt: number | undefined
  /** Blocks that still stream, by parent call. */
  streaming: Map<string, string[]>
  /** The open retry row, the newest to-do row. */
  retry: string | undefined
  todo: string | undefined
  tasks: { id: string; text: string; state: 'pending' | 'active' | 'done' }[]
  /** Counts since the last result. */
  callsInTurn: number
  turns: number
  /** Calls inside each subagent's row. */
  childCalls: Map<string, number>
  /** Background commands and hooks by their own ids, asks by request. */
  byTask: Map<string, string>
  byHook: Map<string, string>
  asks: Map<string, string>
  /** Input of calls that are still being written, by parent call and block. */
  calling: Map<string, string>
  /** Dollars counted up to the last result; undefined when that is before what was read. */
  costUsd: number | undefined
  /** Tokens in the conversation at the last answer, and how many the model takes. */
  context: { tokens: number; window: number | undefined } | undefined
  /**
   * The first line stood inside the stream. What came before is not known: which calls are open, how many turns there were and what they cost,
   * the older items of a to-do list. Rows say so instead of guessing.
   */
  startsInside: boolean
  sessions: Set<string>
  /** Rows by the line that changed them, where that is not the line they stand at. */
  rowOfLine: Map<number, string>
  /** The row that the present line made or changed last. */
  touched: string | undefined
  limit: string
  messageStates: Map<string, RowOf<'message'>['state']>
}

/** `startsInside`: the lines that follow begin in the middle of a stream, at a line boundary. */
export function createActivity({ startsInside = false } = {}): Activity {
  return {
    rows: [],
    byCall: new Map(),
    byMessage: new Map(),
    place: new Map(),
    now: undefined,
    startedAt: undefined,
    streaming: new Map(),
    retry: undefined,
    todo: undefined,
    tasks: [],
    callsInTurn: 0,
    turns: 0,
    childCalls: new Map(),
    byTask: new Map(),
    byHook: new Map(),
    asks: new Map(),
    calling: new Map(),
    costUsd: startsInside ? undefined : 0,
    context: undefined,
    startsInside,
    sessions: new Set(),
    limit: '',
    messageStates: new Map(),
    rowOfLine: new Map(),
    touched: undefined,
  }
}

/** Where a row comes from. */
export type From = { offset: number; line: Json; parent: string | undefined }

/** Adds a row below its parent's, or at the end. `id` defaults to the offset. */
export function addRow(
  activity: Activity,
  {
    offset,
    parent,
    body,
    id,
  }: { offset: number; parent?: string | undefined; body: RowBody; id?: string },
): string {
  const parentId = parent === undefined ? undefined : activity.byCall.get(parent)
  const parentRow = parentId === undefined ? undefined : findRow(activity, parentId)
  const taken = id ?? String(offset)
  const key = activity.place.has(taken) ? `${taken}.${activity.rows.length}` : taken
  const row: Row = {
    id: key,
    offset,
    depth: parentRow ? parentRow.depth + 1 : 0,
    ...(parentRow ? { parent: parentRow.id } : {}),
    ...(activity.now === undefined ? {} : { at: activity.now }),
    ...body,
  }
  const at = parentRow ? endOfFamily(activity, parentRow) : activity.rows.length
  activity.rows.splice(at, 0, row)
  activity.touched = key
  renumber(activity, at)
  return key
}

/** Takes a row out, for one that takes its place. */
export function dropRow(activity: Activity, id: string | undefined): void {
  const at = id === undefined ? undefined : activity.place.get(id)
  if (id === undefined || at === undefined) return
  activity.rows.splice(at, 1)
  activity.place.delete(id)
  renumber(activity, at)
}

/** Forgets the rows of lines before `offset`, and what belonged to them. */
export function trimActivity(activity: Activity, offset: number): void {
  const isKept = (row: Row | undefined): boolean => row !== undefined && row.offset >= offset
  activity.rows = activity.rows.filter(isKept)
  activity.place = new Map()
  renumber(activity, 0)
  const { byCall, byMessage, byTask, byHook, asks, childCalls } = activity
  for (const map of [byCall, byMessage, byTask, byHook, asks])
    for (const [key, id] of map) if (!activity.place.has(id)) map.delete(key)
  for (const id of childCalls.keys()) if (!activity.place.has(id)) childCalls.delete(id)
  for (const at of activity.rowOfLine.keys()) if (at < offset) activity.rowOfLine.delete(at)
  if (activity.messageStates.size > 1000) activity.messageStates.clear()
}

function renumber({ rows, place }: Activity, from: number): void {
  for (let index = from; index < rows.length; index++) {
    const moved = rows[index]
    if (moved) place.set(moved.id, index)
  }
}

/** Long texts keep their beginning and end; the whole stays in the stream, which Raw shows. */
export function clampText(text: string, max = 256 * 1024): string {
  if (text.length <= max) return text
  const head = Math.floor(max / 4)
  const left = text.length - max
  const parts = [
    text.slice(0, head),
    `… ${left} characters are only in Raw …`,
    text.slice(head - max),
  ]
  return parts.map(detach).join('\n')
}

export function findRow(activity: Activity, id: string): Row | undefined {
  const at = activity.place.get(id)
  return at === undefined ? undefined : activity.rows[at]
}

/** Replaces a row when it still is of that kind. */
export function patchRow<K extends Row['kind']>(
  activity: Activity,
  { id, kind }: { id: string | undefined; kind: K },
  change: (row: RowOf<K>) => Partial<RowOf<K>>,
): void {
  const at = id === undefined ? undefined : activity.place.get(id)
  const row = at === undefined ? undefined : activity.rows[at]
  if (at === undefined || row?.kind !== kind) return
  // `kind` was compared on the line above.
  const known = row as RowOf<K>
  activity.touched = known.id
  activity.rows[at] = { ...known, ...change(known) } as Row
}

export function addUnknown(activity: Activity, from: From, name: string): void {
  const raw = JSON.stringify(from.line)
  addRow(activity, { ...from, body: { kind: 'unknown', name, raw } })
}

/** A streamed block whose whole text has now come takes its place; otherwise the block is a row of its own. */
export function endStreamed(
  activity: Activity,
  { parent, kind }: { parent: string | undefined; kind: 'text' | 'thinking' },
): string | undefined {
  const open = activity.streaming.get(parent ?? '') ?? []
  const id = open.find((each) => findRow(activity, each)?.kind === kind)
  if (id !== undefined)
    activity.streaming.set(
      parent ?? '',
      open.filter((each) => each !== id),
    )
  return id
}

function endOfFamily({ rows, place }: Activity, parent: Row): number {
  let at = (place.get(parent.id) ?? rows.length) + 1
  while ((rows[at]?.depth ?? -1) > parent.depth) at++
  return at
}

export function toText(content: unknown): string {
  if (typeof content === 'string') return content
  return asArray(content)
    .map(asObject)
    .map((block) => (block.type === 'image' ? '[image]' : asText(block.text)))
    .filter((text) => text !== '')
    .join('\n')
}

/** Blocks that were still being written when the turn or message ended. */
export function closeStreamed(activity: Activity, parent?: string): void {
  for (const [key, ids] of activity.streaming) {
    if (parent !== undefined && key !== parent) continue
    for (const id of ids) {
      patchRow(activity, { id, kind: 'text' }, () => ({ live: false }))
      patchRow(activity, { id, kind: 'thinking' }, () => ({ live: false }))
    }
    activity.streaming.delete(key)
  }
  for (const [key, id] of activity.calling) {
    if (parent !== undefined && !key.startsWith(`${parent} `)) continue
    // A call that is whole by now stands under the same id.
    if (findRow(activity, id)?.kind === 'calling') dropRow(activity, id)
    activity.calling.delete(key)
  }
}

export function closeRetry(activity: Activity): void {
  if (activity.retry === undefined) return
  patchRow(activity, { id: activity.retry, kind: 'retry' }, () => ({ over: true }))
  activity.retry = undefined
}
