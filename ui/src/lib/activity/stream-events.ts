import { asNumber, asObject, asText } from '../json.ts'
import { type Activity, addRow, closeStreamed, type From, findRow, patchRow } from './state.ts'

/** Partial messages: text and thinking grow while they are written; a call says how much of its input is there. */
export function reduceStreamEvent(activity: Activity, from: From): void {
  const event = asObject(from.line.event)
  const key = from.parent ?? ''
  switch (event.type) {
    case 'message_start':
      closeStreamed(activity, key)
      return
    case 'content_block_start':
      begin(activity, from, event)
      return
    case 'content_block_delta':
      grow(activity, { key, index: asNumber(event.index) ?? 0, delta: asObject(event.delta) })
      return
    default:
      return
  }
}

function begin(activity: Activity, from: From, event: Record<string, unknown>): void {
  const key = from.parent ?? ''
  const block = asObject(event.content_block)
  const kind = block.type
  if (kind === 'tool_use') {
    const body = { kind: 'calling' as const, name: asText(block.name), size: 0 }
    const id = addRow(activity, { ...from, id: asText(block.id), body })
    activity.calling.set(`${key} ${asNumber(event.index) ?? 0}`, id)
    return
  }
  if (kind !== 'text' && kind !== 'thinking') return
  const id = addRow(activity, { ...from, body: { kind, text: '', live: true } })
  activity.streaming.set(key, [...(activity.streaming.get(key) ?? []), id])
}

type Delta = { key: string; index: number; delta: Record<string, unknown> }

function grow(activity: Activity, { key, index, delta }: Delta): void {
  if (delta.type === 'input_json_delta') {
    const more = asText(delta.partial_json).length
    const id = activity.calling.get(`${key} ${index}`)
    patchRow(activity, { id, kind: 'calling' }, ({ size }) => ({ size: size + more }))
    return
  }
  const kinds = { text_delta: 'text', thinking_delta: 'thinking' } as const
  // Two of the delta types grow a row; the others do not.
  const kind = kinds[asText(delta.type) as keyof typeof kinds]
  if (!kind) return
  const id = activity.streaming.get(key)?.findLast((each) => findRow(activity, each)?.kind === kind)
  const more = asText(delta.text) + asText(delta.thinking)
  patchRow(activity, { id, kind }, ({ text }) => ({ text: text + more }))
}
