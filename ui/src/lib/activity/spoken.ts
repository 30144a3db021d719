import { firstLine, plural } from '../text.ts'
import { toHeadline, toOutcome } from './headline.ts'
import { describeAsk } from './labels.ts'
import type { Row } from './rows.ts'

const mostRows = 5

/** What a screen reader says of new rows: the newest few in words, and how many there were before them. */
export function toSpoken(rows: readonly Row[]): string {
  const said = rows.map(sayRow).filter((text) => text !== '')
  const left = said.length - mostRows
  const newest = said.slice(-mostRows).join('. ')
  return left > 0 ? `${plural(left, 'row')} before. ${newest}` : newest
}

function sayRow(row: Row): string {
  switch (row.kind) {
    case 'text':
      return row.live ? '' : firstLine(row.text)
    case 'edit':
      return `${row.isNew ? 'Write' : 'Edit'} ${row.path}${row.state === 'failed' ? ', failed' : ''}`
    case 'ask':
      return describeAsk(row)
    case 'message':
      return `Message: ${firstLine(row.text)}`
    default:
      return sayHeadline(row)
  }
}

function sayHeadline(row: Row): string {
  const headline = toHeadline(row)
  if (!headline) return ''
  if (headline.look !== 'line') return headline.text
  const { fault } = toOutcome(row)
  return [headline.name, headline.about, fault].filter(Boolean).join(' ')
}
