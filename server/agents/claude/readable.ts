/** What a person reads in one printed line, and where a searched text stands in it. */
import * as v from 'valibot'

export type Reading = {
  /** The text with what is around it; undefined when only names, ids or partial pieces hold it. */
  excerpt?: string
  type?: string
}

const Line = v.looseObject({ type: v.optional(v.string()) })

/** Values of these are for programs. */
const unread = new Set([
  'type',
  'subtype',
  'role',
  'id',
  'uuid',
  'session_id',
  'request_id',
  'tool_use_id',
  'parent_tool_use_id',
  'api_message_id',
  'command_uuid',
  'user_message_uuids',
  'signature',
])

const before = 60
const after = 140

/** Looks for `text`, whatever its case, in what a reader sees of `line`. A line that is not JSON is read as it is. */
export function readLine(line: Uint8Array, text: string): Reading {
  const printed = new TextDecoder().decode(line)
  const parsed = parseLine(printed)
  if (parsed === undefined) return toReading(printed, text)
  const { type } = parsed
  // Its text is printed again in the whole message.
  if (type === 'stream_event') return { type }
  const found = findText(parsed, text.toLowerCase())
  return { ...(found === undefined ? {} : toReading(found, text)), ...(type ? { type } : {}) }
}

/** The same for the line as it was printed. */
export function readRawLine(line: Uint8Array, text: string): Reading {
  const printed = new TextDecoder().decode(line)
  const type = /^\{"type":"([\w.-]{1,40})"/.exec(printed)?.[1]
  return { ...toReading(printed, text), ...(type ? { type } : {}) }
}

function parseLine(printed: string): v.InferOutput<typeof Line> | undefined {
  try {
    const result = v.safeParse(Line, JSON.parse(printed))
    return result.success ? result.output : undefined
  } catch {
    // Torn or foreign lines are stored as they came and are shown so.
    return undefined
  }
}

/** The first readable text below `value` that holds `wanted`, which is in lower case. */
function findText(value: unknown, wanted: string): string | undefined {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted) ? value : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, each] of Object.entries(value)) {
    const found = unread.has(name) ? undefined : findText(each, wanted)
    if (found !== undefined) return found
  }
  return undefined
}

function toReading(whole: string, text: string): Reading {
  const at = Math.max(0, whole.toLowerCase().indexOf(text.toLowerCase()))
  const from = Math.max(0, at - before)
  const to = Math.min(whole.length, at + text.length + after)
  const piece = whole.slice(from, to).toWellFormed().replace(/\s+/g, ' ').trim()
  return { excerpt: `${from > 0 ? '…' : ''}${piece}${to < whole.length ? '…' : ''}` }
}
