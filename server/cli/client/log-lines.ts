/**
 * What the CLI printed (one JSON value per line, https://code.claude.com/docs/en/headless) as lines for people: what the agent said,
 * called, and got back. What is not understood is left out; `--json` has every byte.
 */
import type { Paint } from './paint.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'
import { cutText, wrapText } from './table.ts'

export type LogReader = {
  /** Lines completed by these bytes; chunks may be cut anywhere. */
  push(chunk: Uint8Array): string[]
  /** What the last line without an end holds. */
  end(): string[]
}

type Look = { paint: Paint; columns: number | undefined }
type Json = Record<string, unknown>

const maxCallLength = 200

export function createLogReader(look: Look): LogReader {
  const decoder = new TextDecoder()
  let rest = ''
  return {
    push(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      return lines.flatMap((line) => renderLine(line, look))
    },
    end: () => renderLine(rest, look),
  }
}

function renderLine(text: string, look: Look): string[] {
  const line = parse(text)
  const message = asObject(line.message)
  switch (line.type) {
    case 'assistant':
      return asArray(message.content).flatMap((block) => renderBlock(asObject(block), look))
    case 'user':
      return asArray(message.content).flatMap((block) => renderResult(asObject(block), look))
    case 'result':
      return [renderEnd(line, look)]
    default:
      return []
  }
}

function renderBlock(block: Json, { paint, columns }: Look): string[] {
  if (block.type === 'text') return ['', ...wrapText(toSafeText(asText(block.text)), columns)]
  if (block.type !== 'tool_use') return []
  const width = columns === undefined ? maxCallLength : columns - 2
  const call = `${asText(block.name)} ${toSafeLine(toArguments(asObject(block.input)))}`
  return [`${paint.state('run', '●')} ${cutText(call.trimEnd(), width)}`]
}

/** The argument that says most, else all of them. */
function toArguments(input: Json): string {
  for (const key of [
    'command',
    'file_path',
    'notebook_path',
    'pattern',
    'url',
    'query',
    'description',
  ])
    if (typeof input[key] === 'string') return input[key]
  return Object.keys(input).length === 0 ? '' : JSON.stringify(input)
}

/** Only what failed: what went well is what the call said. */
function renderResult(block: Json, { paint, columns }: Look): string[] {
  if (block.type !== 'tool_result' || block.is_error !== true) return []
  const text = typeof block.content === 'string' ? block.content : textsIn(block.content)
  const width = columns === undefined ? maxCallLength : columns - 4
  return [`  ${paint.state('fail', '✗')} ${cutText(toSafeLine(text), width)}`]
}

const textsIn = (content: unknown): string =>
  asArray(content)
    .map((part) => asText(asObject(part).text))
    .join(' ')

function renderEnd(line: Json, { paint }: Look): string {
  const turns = typeof line.num_turns === 'number' ? `, ${line.num_turns} turns` : ''
  return line.is_error === true
    ? paint.state('fail', `✗ The turn ended with an error${turns}`)
    : paint.state('done', `✓ The turn ended${turns}`)
}

function parse(text: string): Json {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return {}
  }
}

function asObject(value: unknown): Json {
  // Any object that is no list may be read by key.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
