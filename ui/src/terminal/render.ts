/**
 * Rows of activity as a person's terminal session would show them: a pure function of row and width. Every line it returns
 * fits the width, so a view knows how many lines a row takes and never relies on the terminal's own wrapping.
 */
import { toExcerpt } from '../lib/activity/excerpt.ts'
import {
  describeAsk,
  describeCalling,
  describeReads,
  describeResult,
  describeRetry,
  describeThinking,
  toolName,
} from '../lib/activity/labels.ts'
import type { Row, RowOf } from '../lib/activity/rows.ts'
import { cutLongLines, sanitize, toPlain } from '../lib/ansi.ts'
import type { DiffLine } from '../lib/diff.ts'
import { firstLine, shortModel } from '../lib/text.ts'
import { formatClock, formatSeconds } from '../lib/time.ts'
import {
  blue,
  bold,
  boldBlue,
  boldRed,
  boldYellow,
  cyan,
  dim,
  green,
  magenta,
  red,
  wrap,
  yellow,
} from './style.ts'

const headLines = 4
const tailLines = 12
const maxDiffLines = 16
const maxMessageLines = 8

/** Lines without newline. `indent` of subagents is two cells each. */
export function renderRow(row: Row, width: number): string[] {
  const margin = '  '.repeat(Math.min(4, row.depth))
  const inner = Math.max(20, width - margin.length)
  return bodyOf(row, inner).map((line) => margin + line)
}

function bodyOf(row: Row, width: number): string[] {
  switch (row.kind) {
    case 'start':
      return [...rule(`${shortModel(row.model)} · ${row.cwd}`, width), '']
    case 'text':
      return [...bullet(bold('●'), sanitize(row.text), width), '']
    case 'thinking':
      return wrap(dim(`✶ ${describeThinking(row).toLowerCase()}`), width)
    case 'bash':
      return renderBash(row, width)
    case 'edit':
      return renderEdit(row, width)
    case 'reads': {
      const { title, detail } = describeReads(row)
      return wrap(`${cyan('●')} ${bold(title)} ${dim(clean(detail))}`, width)
    }
    case 'todo':
      return wrap(
        `${magenta('●')} ${bold('Todo')} ${row.error ? red(clean(row.error)) : renderTodo(row)}`,
        width,
      )
    case 'subagent': {
      const facts = [`${row.calls} calls`, row.ms === undefined ? '' : formatSeconds(row.ms)]
      return wrap(
        `${call(row)} ${bold('Agent')} ${clean(row.description)} ${dim(facts.filter(Boolean).join(' · '))}`,
        width,
      )
    }
    case 'tool':
      return renderTool(row, width)
    case 'calling':
      return wrap(dim(`◇ ${clean(describeCalling(row)).toLowerCase()}`), width)
    case 'orphan':
      return [
        ...wrap(dim('● result of a call before this point'), width),
        ...gutter(row.output, width, row.state === 'failed'),
      ]
    case 'team':
      return wrap(
        `${call(row)} ${bold('Message')} → ${clean(row.to || 'team')} ${dim(clean(row.text))}`,
        width,
      )
    case 'background':
      return wrap(
        `${call(row)} ${bold('Background')} ${clean(row.summary || row.description)}`,
        width,
      )
    case 'ask':
      return renderAsk(row, width)
    case 'hook':
      return [
        ...wrap(dim(`◇ hook ${clean(row.name)}`), width),
        ...(row.state === 'failed' ? gutter(red(row.output), width, true) : []),
      ]
    case 'message':
      return renderMessage(row, width)
    case 'denied':
      return wrap(
        `${boldRed('●')} ${bold(row.tool)} ${red(`refused: ${clean(row.reason)}`)}`,
        width,
      )
    case 'retry':
      return wrap(yellow(`◇ ${describeRetry(row)}`), width)
    case 'limit': {
      const until =
        row.rejected && row.resetsAt ? `, continues at ${formatClock(row.resetsAt)}` : ''
      return wrap(yellow(`◇ ${row.text}${until}`), width)
    }
    case 'divider':
      return [...rule(row.text, width), '']
    case 'result':
      return renderResult(row, width)
    case 'error':
      return [...bullet(boldRed('●'), red(clean(row.text)), width), '']
    case 'notice':
      return wrap(dim(`◇ ${clean(row.text)}`), width)
    case 'unknown':
      return wrap(dim(`◇ Unknown event: ${clean(row.name)}`), width)
  }
}

const clean = (text: string): string => toPlain(firstLine(text)).slice(0, 2000)
const call = ({ state }: { state: string }): string => (state === 'failed' ? red('●') : cyan('●'))

function rule(text: string, width: number): string[] {
  const label = `── ${text} `
  return wrap(dim(label + '─'.repeat(Math.max(0, Math.min(72, width) - label.length))), width)
}

function bullet(
  mark: string,
  text: string,
  width: number,
  options: { mark?: (text: string) => string } = {},
): string[] {
  const lines = cutLongLines(text.trimEnd())
    .split('\n')
    .flatMap((line) => wrap(line, width - 2))
  const gutter = options.mark ? options.mark('▌ ') : '  '
  return lines.map((line, index) => (index === 0 ? `${mark} ${line}` : gutter + line))
}

/** What a person is waited for, whole; afterwards one line. */
function renderAsk(row: RowOf<'ask'>, width: number): string[] {
  if (row.state !== 'open') return wrap(yellow(`◇ ${describeAsk(row).toLowerCase()}`), width)
  const asked = row.questions.map(({ question, options }) => `${question} (${options.join(' / ')})`)
  const text = asked.length > 0 ? asked.join('\n') : row.input
  return [...bullet(yellow('◆'), `${boldYellow('waiting for you')}\n${toPlain(text)}`, width), '']
}

/** Prompts are long; what they begin with says what they are. */
function renderMessage({ text }: RowOf<'message'>, width: number): string[] {
  const lines = sanitize(text).trimEnd().split('\n')
  const more = lines.length - maxMessageLines
  const shown = bullet(boldBlue('▌'), lines.slice(0, maxMessageLines).join('\n'), width, {
    mark: blue,
  })
  return [...shown, ...(more > 1 ? [`${blue('▌ ')}${dim(`… ${more} lines more`)}`] : []), '']
}

function renderBash(row: RowOf<'bash'>, width: number): string[] {
  const facts = [
    row.exit === undefined ? '' : `exit ${row.exit}`,
    row.ms === undefined ? '' : formatSeconds(row.ms),
  ]
    .filter(Boolean)
    .join(' · ')
  const running =
    row.state === 'running' ? dim(row.heartbeatS ? `running, ${row.heartbeatS} s` : 'running') : ''
  const tone = row.state === 'failed' ? red : dim
  const [first = '', ...more] = toPlain(row.command).split('\n')
  return [
    ...wrap(`${call(row)} ${bold('Bash')} ${first} ${running || tone(facts)}`, width),
    ...more.slice(0, 6).flatMap((line) => wrap(`       ${line}`, width)),
    ...gutter(row.output, width, row.state === 'failed'),
  ]
}

/** Output behind a line, what matters least left out when it is long. */
function gutter(output: string, width: number, isError = false): string[] {
  const text = sanitize(cutLongLines(output)).trimEnd()
  if (text === '') return []
  const bar = `  ${dim('│')} `
  const parts = toExcerpt(text.split('\n'), { head: headLines, tail: tailLines, isError })
  const out = parts.flatMap((part) =>
    part.kind === 'gap'
      ? [`  ${dim(`│ … ${part.count} lines more`)}`]
      : part.lines.flatMap((line) => wrap(line, width - 4).map((piece) => bar + piece)),
  )
  return [...out, '']
}

function renderEdit(row: RowOf<'edit'>, width: number): string[] {
  const name = row.isNew ? 'Write' : 'Edit'
  const head = `${call(row)} ${bold(name)} ${clean(row.path)} ${green(`+${row.added}`)} ${red(`-${row.deleted}`)}`
  if (row.error) return [...wrap(head, width), ...gutter(red(row.error), width)]
  const lines = row.lines.filter(({ kind }) => kind !== 'note')
  const shown = lines.slice(0, maxDiffLines).flatMap((line) => renderDiffLine(line, width))
  const rest = lines.length - maxDiffLines
  return [
    ...wrap(head, width),
    ...shown,
    ...(rest > 0 ? [dim(`       … ${rest} lines more`)] : []),
    ...(shown.length > 0 ? [''] : []),
  ]
}

function renderDiffLine(line: DiffLine, width: number): string[] {
  if (line.kind === 'hunk' || line.kind === 'note') return [dim(`       ${clean(line.text)}`)]
  const number = String(line.kind === 'del' ? line.old : line.new).padStart(5)
  const sign = { add: '+', del: '-', same: ' ' }[line.kind]
  const tone = { add: green, del: red, same: (text: string) => text }[line.kind]
  const text = toPlain(line.text)
  const room = Math.max(10, width - 8)
  const cut = [...text].length > room ? `${[...text].slice(0, room - 1).join('')}…` : text
  return line.kind === 'same' ? [`${dim(number)}   ${cut}`] : [tone(`${number} ${sign} ${cut}`)]
}

function renderTodo({ items }: RowOf<'todo'>): string {
  return items
    .map(({ text, state }) => {
      if (state === 'done') return green('✓')
      return state === 'active' ? bold(`▸ ${clean(text)}`) : dim(`· ${clean(text)}`)
    })
    .join(' ')
}

function renderTool(row: RowOf<'tool'>, width: number): string[] {
  const server = row.server ? dim(`${row.server} `) : ''
  const head = `${call(row)} ${bold(toolName(row.name))} ${server}${clean(row.argument)}`
  return [...wrap(head, width), ...(row.state === 'failed' ? gutter(red(row.output), width) : [])]
}

function renderResult(row: RowOf<'result'>, width: number): string[] {
  const line = rule(describeResult(row), width)
  return row.ok ? [...line, ''] : [...wrap(boldRed(`● ${clean(row.cause)}`), width), ...line, '']
}
