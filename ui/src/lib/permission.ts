/** What an agent asks to be allowed, as a person reads it: all of it, with nothing that hides in the text. */
import type { AnswerPermission, Permission } from '#contract/permission.ts'
import { asText, toPretty } from './json.ts'

type Asked = Pick<Permission, 'tool' | 'input'>

/** A part of the call: a command, a path, what is to be written. */
export type CallPart = {
  label: string
  text: string
  /** What goes, and what comes in its place. */
  tone?: 'old' | 'new'
}

const questions: Record<string, string> = {
  Bash: 'Run a command?',
  Write: 'Write a file?',
  Edit: 'Change a file?',
  NotebookEdit: 'Change a notebook?',
  Read: 'Read a file?',
  WebFetch: 'Fetch a page?',
}

export function permissionTitle({ tool }: Asked): string {
  const known = Object.hasOwn(questions, tool) ? questions[tool] : undefined
  if (known) return known
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? []
  return server ? `Use ${name} of ${server}?` : `Use ${tool}?`
}

/** What comes first, and what it is called; the rest of the input follows under its own names. */
const labels: Record<string, readonly [key: string, label: string][]> = {
  Bash: [['command', '']],
  Write: [
    ['file_path', ''],
    ['content', 'Content'],
  ],
  Edit: [
    ['file_path', ''],
    ['old_string', 'Instead of'],
    ['new_string', 'Write'],
  ],
  Read: [['file_path', '']],
  WebFetch: [
    ['url', ''],
    ['prompt', 'Prompt'],
  ],
}

/** Every argument of the call but the agent's own description of it. */
export function permissionParts({ tool, input }: Asked): CallPart[] {
  const first = Object.hasOwn(labels, tool) ? (labels[tool] ?? []) : []
  const known = first.flatMap(([key, label]) =>
    key in input ? [{ label, text: showHidden(toPretty(input[key])), ...toneOf(key) }] : [],
  )
  const rest = Object.keys(input).filter(
    (key) => key !== 'description' && !first.some(([name]) => name === key),
  )
  // What says the same when it is left out.
  const telling = rest.filter((key) => input[key] !== false)
  return [
    ...known,
    ...telling.map((key) => ({ label: showHidden(key), text: textOf(tool, key, input[key]) })),
  ]
}

/** Of a command, how long it may take is in milliseconds; the largest unit that says it exactly says it to a person. */
function textOf(tool: string, key: string, value: unknown): string {
  if (tool !== 'Bash' || key !== 'timeout' || typeof value !== 'number')
    return showHidden(toPretty(value))
  if (value > 0 && value % 60_000 === 0) return `${value / 60_000} min`
  return value > 0 && value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`
}

const toneOf = (key: string): Pick<CallPart, 'tone'> => {
  if (key === 'old_string') return { tone: 'old' }
  return key === 'new_string' || key === 'content' ? { tone: 'new' } : {}
}

/** In one line, for lists. */
export const permissionLine = (asked: Asked): string =>
  permissionParts(asked)[0]?.text.replace(/\s+/g, ' ') || asText(asked.tool)

/**
 * Characters that are not seen, or that turn the order of others round, as their numbers: nobody allows a command that
 * reads like another one.
 */
export const showHidden = (text: string): string =>
  text.replace(
    /[^\P{C}\n\t]|[\u2028\u2029\u3164\uffa0\u115f\u1160]/gu,
    (hidden) => `⟦U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`,
  )

/** Whether what was answered is this: a first attempt may have arrived though its answer did not. */
export function isAnsweredBy(
  { status, scope, message = '' }: Pick<Permission, 'status' | 'scope' | 'message'>,
  answer: AnswerPermission,
): boolean {
  return answer.decision === 'allow'
    ? status === 'allowed' && scope === answer.scope
    : status === 'denied' && message === answer.message
}
