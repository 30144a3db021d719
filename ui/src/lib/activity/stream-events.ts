import { asObject, asText } from '../json.ts'
import { type Activity, addRow, type From, findRow, patchRow } from './state.ts'

/** Partial messages: text and thinking grow while they are written. Tool calls appear when they are whole. */
export function reduceStreamEvent(activity: Activity, from: From): void {
  const event = asObject(from.line.event)
  const key = from.parent ?? ''
  switch (event.type) {
    case 'message_start':
      for (const id of activity.streaming.get(key) ?? []) {
        patchRow(activity, { id, kind: 'text' }, () => ({ live: false }))
        patchRow(activity, { id, kind: 'thinking' }, () => ({ live: false }))
      }
      activity.streaming.set(key, [])
      return
    case 'content_block_start': {
      const kind = asObject(event.content_block).type
      if (kind !== 'text' && kind !== 'thinking') return
      const id = addRow(activity, { ...from, body: { kind, text: '', live: true } })
      activity.streaming.set(key, [...(activity.streaming.get(key) ?? []), id])
      return
    }
    case 'content_block_delta':
      grow(activity, key, asObject(event.delta))
      return
    default:
      return
  }
}

function grow(activity: Activity, key: string, delta: Record<string, unknown>): void {
  const kinds = { text_delta: 'text', thinking_delta: 'thinking' } as const
  // Two of the delta types grow a row; the others do not.
  const kind = kinds[asText(delta.type) as keyof typeof kinds]
  if (!kind) return
  const id = activity.streaming.get(key)?.findLast((each) => findRow(activity, each)?.kind === kind)
  const more = asText(delta.text) + asText(delta.thinking)
  patchRow(activity, { id, kind }, ({ text }) => ({ text: text + more }))
}
