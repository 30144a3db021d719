import { firstLine, plural, shortModel } from '../text.ts'
import { formatClock, formatSeconds } from '../time.ts'
import {
  describeCalling,
  describeReads,
  describeResult,
  describeRetry,
  describeThinking,
  describeTodo,
  toolName,
} from './labels.ts'
import type { Row } from './rows.ts'

/** The words of a row that is one line: a name and what it is about, a remark, or a fault. */
export type Headline =
  | { look: 'line'; name: string; about: string; isCode: boolean }
  | { look: 'remark'; text: string }
  | { look: 'fault'; text: string }

const line = (name: string, about: string, options: { isCode: boolean }): Headline => ({
  look: 'line',
  name,
  about,
  ...options,
})
const remark = (text: string): Headline => ({ look: 'remark', text })
const fault = (text: string): Headline => ({ look: 'fault', text })

/** Undefined for prose, edits and messages, which are set in their own way. */
export function toHeadline(row: Row): Headline | undefined {
  switch (row.kind) {
    case 'start':
      return remark(
        `Started · ${shortModel(row.model)} · ${plural(row.tools.length, 'tool')} · ${row.cwd}`,
      )
    case 'thinking':
      return remark(describeThinking(row))
    case 'bash':
      return line('Bash', firstLine(row.command), { isCode: true })
    case 'reads': {
      const { title, detail } = describeReads(row)
      return line(title, detail, { isCode: true })
    }
    case 'todo':
      return line('To do', row.error ?? describeTodo(row.items).current, { isCode: false })
    case 'calling':
      return remark(describeCalling(row))
    case 'orphan':
      return line('Result', 'of a call before this point', { isCode: false })
    case 'team': {
      const about = `→ ${row.to || 'team'}  ${firstLine(row.text)}`
      return line(row.label ? labelOf(row.label) : 'Message', about, { isCode: false })
    }
    case 'background':
      return line('Background', row.summary || row.description, { isCode: false })
    case 'hook':
      return line('Hook', row.name, { isCode: false })
    case 'subagent':
      return line('Subagent', row.description, { isCode: false })
    case 'tool': {
      const about = [row.server, row.argument].filter(Boolean).join(' ')
      return line(toolName(row.name), about, { isCode: true })
    }
    case 'denied':
      return fault(`Refused by rule: ${row.tool}. ${row.reason}`)
    case 'retry':
      return remark(describeRetry(row))
    case 'limit':
      return describeLimit(row)
    case 'divider':
    case 'notice':
      return remark(row.text)
    case 'result':
      return row.ok ? remark(describeResult(row)) : fault(`${describeResult(row)}. ${row.cause}`)
    case 'error':
      return fault(row.text)
    case 'unknown':
      return remark(`Unknown event: ${row.name}`)
    case 'text':
    case 'edit':
    case 'ask':
    case 'message':
      return undefined
  }
}

/** What came out of it, for the end of the line. */
export function toOutcome(row: Row): { fault: string; text: string } {
  switch (row.kind) {
    case 'bash':
      return toExit(row)
    case 'edit':
    case 'team':
    case 'orphan':
    case 'hook':
      return { fault: faultOf(row), text: '' }
    case 'tool':
    case 'background':
      return { fault: `${faultOf(row)} `.trimStart(), text: formatMs(row.ms) }
    case 'reads':
      return { fault: '', text: formatMs(row.ms) }
    case 'todo':
      return row.error === undefined
        ? { fault: '', text: describeTodo(row.items, row.isPartial).count }
        : { fault: 'failed', text: '' }
    case 'subagent': {
      const facts = [plural(row.calls, 'call'), formatMs(row.ms)]
      return { fault: `${faultOf(row)} `.trimStart(), text: facts.filter(Boolean).join(' · ') }
    }
    default:
      return { fault: '', text: '' }
  }
}

const faultOf = ({ state }: { state: string }): string => (state === 'failed' ? 'failed' : '')

function toExit(row: Extract<Row, { kind: 'bash' }>): { fault: string; text: string } {
  const took = formatMs(row.ms)
  const fault = row.exit === undefined ? faultOf(row) : `exit ${row.exit}`
  return { fault, text: fault !== '' && took !== '' ? ` · ${took}` : took }
}

const labelOf = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const formatMs = (ms: number | undefined): string => (ms === undefined ? '' : formatSeconds(ms))

function describeLimit({ rejected, text, resetsAt }: Extract<Row, { kind: 'limit' }>): Headline {
  if (!rejected) return remark(text)
  const until = resetsAt === undefined ? '' : ` It continues by itself at ${formatClock(resetsAt)}.`
  return fault(`${text}.${until}`)
}
