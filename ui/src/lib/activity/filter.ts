/** Which rows a reader sees: kinds chosen by chips, subagents' rows when theirs is open, nothing that is superseded. */
import { isError, type Row } from './rows.ts'

export const rowGroups = ['said', 'commands', 'edits', 'reads', 'tools', 'you', 'system'] as const
export type RowGroup = (typeof rowGroups)[number]

export const groupNames: Record<RowGroup, string> = {
  said: 'Said',
  commands: 'Commands',
  edits: 'Edits',
  reads: 'Reads',
  tools: 'Tools',
  you: 'You',
  system: 'System',
}

const groups: Record<Row['kind'], RowGroup> = {
  start: 'system',
  text: 'said',
  thinking: 'said',
  bash: 'commands',
  background: 'commands',
  edit: 'edits',
  reads: 'reads',
  todo: 'tools',
  subagent: 'tools',
  calling: 'tools',
  tool: 'tools',
  orphan: 'tools',
  team: 'tools',
  ask: 'you',
  message: 'you',
  hook: 'system',
  denied: 'system',
  retry: 'system',
  limit: 'system',
  divider: 'system',
  result: 'system',
  error: 'system',
  notice: 'system',
  unknown: 'system',
}

export const groupOf = (row: Pick<Row, 'kind'>): RowGroup => groups[row.kind]

/** Only the newest to-do list is worth a row, and prose only when it has begun. */
export const isSuperseded = (row: Row): boolean =>
  (row.kind === 'todo' && !row.isLatest && row.error === undefined) ||
  (row.kind === 'text' && row.text === '')

/** Errors and what is asked stay open; a subagent stays open while it works; everything else is one line. */
export function isOpenAtFirst(row: Row): boolean {
  if (row.kind === 'subagent') return row.state === 'running'
  if (row.kind === 'ask') return row.state === 'open'
  return isError(row) && row.kind !== 'reads'
}

export type Filter = {
  /** Empty: all of them. */
  groups: ReadonlySet<RowGroup>
  onlyErrors: boolean
  isOpen: (row: Row) => boolean
}

export function visibleRows(
  rows: readonly Row[],
  { groups: chosen, onlyErrors, isOpen }: Filter,
): Row[] {
  const isFiltered = chosen.size > 0 || onlyErrors
  const folded = new Set<string>()
  return rows.filter((row) => {
    const isInside = row.parent !== undefined && folded.has(row.parent)
    if (isInside || (row.kind === 'subagent' && !isOpen(row))) folded.add(row.id)
    if (isSuperseded(row)) return false
    if (isFiltered)
      return (chosen.size === 0 || chosen.has(groupOf(row))) && (!onlyErrors || isError(row))
    return !isInside
  })
}

export function countGroups(rows: readonly Row[]): Record<RowGroup, number> {
  const counts: Record<RowGroup, number> = {
    said: 0,
    commands: 0,
    edits: 0,
    reads: 0,
    tools: 0,
    you: 0,
    system: 0,
  }
  for (const row of rows) if (!isSuperseded(row)) counts[groupOf(row)]++
  return counts
}

export type Mark = 'error' | 'need' | 'said' | 'call' | 'end'

const markOf = (row: Row): Mark => {
  if (row.kind === 'ask' && row.state === 'open') return 'need'
  if (isError(row)) return 'error'
  if (row.kind === 'result') return 'end'
  return row.kind === 'text' || row.kind === 'message' ? 'said' : 'call'
}
const rank: Record<Mark, number> = { need: 4, error: 3, end: 2, said: 1, call: 0 }

/** One mark per pixel of the strip: what matters most among the rows that share it. */
export function toMarks(rows: readonly Row[], width: number): (Mark | undefined)[] {
  const marks: (Mark | undefined)[] = Array.from({ length: Math.max(0, width) })
  const step = Math.min(1, width / Math.max(1, rows.length))
  for (const [index, row] of rows.entries()) {
    const at = Math.min(width - 1, Math.floor(index * step))
    const mark = markOf(row)
    const known = marks[at]
    if (known === undefined || rank[mark] > rank[known]) marks[at] = mark
  }
  return marks
}
