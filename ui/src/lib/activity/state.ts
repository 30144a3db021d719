/** What the reducer knows so far, and the few ways to change it. */
import { asArray, asObject, asText, type Json } from '../json.ts'
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
  startSeen: boolean
  limit: string
  messageStates: Map<string, RowOf<'message'>['state']>
}

export function createActivity(): Activity {
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
    startSeen: false,
    limit: '',
    messageStates: new Map(),
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
  for (let index = at; index < activity.rows.length; index++) {
    const moved = activity.rows[index]
    if (moved) activity.place.set(moved.id, index)
  }
  return key
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

export function closeRetry(activity: Activity): void {
  if (activity.retry === undefined) return
  patchRow(activity, { id: activity.retry, kind: 'retry' }, () => ({ over: true }))
  activity.retry = undefined
}
