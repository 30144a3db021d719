/** The lines of one file's diff as rows to show: unchanged stretches folded, and for the split view two lines in a row. */
import type { DiffLine } from './diff.ts'

/** Indices into the lines of the diff: from `from` up to, not including, `to`. */
export type Stretch = { from: number; to: number }

export type DiffRow =
  | { kind: 'line'; line: DiffLine }
  /** Unchanged lines that are folded. `edge` is the end of the file they lie at, if they do. */
  | ({ kind: 'gap'; edge?: 'start' | 'end' } & Stretch)

export type SplitRow =
  | { kind: 'pair'; left?: DiffLine; right?: DiffLine }
  | Extract<DiffRow, { kind: 'gap' }>
  /** A line that belongs to both sides. */
  | { kind: 'whole'; line: DiffLine }

/** Unchanged lines that stay beside a change. */
const contextLines = 3
/** A fold that hides fewer than this costs more than it saves. */
const leastFold = 4
export const expandStep = 20

/** `revealed` are stretches that the reader has unfolded. */
export function foldContext(
  lines: readonly DiffLine[],
  revealed: readonly Stretch[] = [],
): DiffRow[] {
  const shown = shownLines(lines, revealed)
  const rows: DiffRow[] = []
  for (let at = 0; at < lines.length; ) {
    const to = endOfFold(shown, at)
    const line = lines[at]
    if (to > at) rows.push(toGap({ from: at, to }, lines.length))
    else if (line) rows.push({ kind: 'line', line })
    at = Math.max(at + 1, to)
  }
  return rows
}

const toGap = (stretch: Stretch, length: number): DiffRow => ({
  kind: 'gap',
  ...stretch,
  ...(stretch.from === 0 ? { edge: 'start' } : {}),
  ...(stretch.to === length ? { edge: 'end' } : {}),
})

/** Where the run of folded lines that begins at `from` ends; `from` itself when that line is shown. */
function endOfFold(shown: Uint8Array, from: number): number {
  const end = shown.indexOf(1, from)
  return end < 0 ? shown.length : end
}

function shownLines(lines: readonly DiffLine[], revealed: readonly Stretch[]): Uint8Array {
  const shown = new Uint8Array(lines.length)
  for (const [at, { kind }] of lines.entries())
    if (kind !== 'same') shown.fill(1, Math.max(0, at - contextLines), at + contextLines + 1)
  for (const { from, to } of revealed) shown.fill(1, from, to)
  for (let at = 0; at < lines.length; at++) {
    const to = endOfFold(shown, at)
    if (to - at < leastFold) shown.fill(1, at, to)
    at = Math.max(at, to)
  }
  return shown
}

/** What unfolding shows: the next lines after what is above, the last ones before what is below, or all. */
export function expand(gap: Stretch, how: 'down' | 'up' | 'all'): Stretch {
  if (how === 'down') return { from: gap.from, to: Math.min(gap.to, gap.from + expandStep) }
  if (how === 'up') return { from: Math.max(gap.from, gap.to - expandStep), to: gap.to }
  return { from: gap.from, to: gap.to }
}

/** Deleted lines left, added ones right, those of one change beside each other. */
export function toSplit(rows: readonly DiffRow[]): SplitRow[] {
  const result: SplitRow[] = []
  for (let at = 0; at < rows.length; ) {
    const row = rows[at]
    if (!row) break
    const dels = runOf(rows, at, 'del')
    const adds = runOf(rows, at + dels.length, 'add')
    for (let index = 0; index < Math.max(dels.length, adds.length); index++)
      result.push(toPair(dels[index], adds[index]))
    at += dels.length + adds.length
    if (dels.length + adds.length > 0) continue
    result.push(toSingle(row))
    at++
  }
  return result
}

const toPair = (left: DiffLine | undefined, right: DiffLine | undefined): SplitRow => ({
  kind: 'pair',
  ...(left ? { left } : {}),
  ...(right ? { right } : {}),
})

function toSingle(row: DiffRow): SplitRow {
  if (row.kind === 'gap') return row
  return row.line.kind === 'same' ? toPair(row.line, row.line) : { kind: 'whole', line: row.line }
}

function runOf(rows: readonly DiffRow[], from: number, kind: DiffLine['kind']): DiffLine[] {
  const lines: DiffLine[] = []
  for (let at = from; at < rows.length; at++) {
    const row = rows[at]
    if (row?.kind !== 'line' || row.line.kind !== kind) break
    lines.push(row.line)
  }
  return lines
}

/** Text of one side, as far as the diff has it, with the lines it is made of. */
export function sideOf(
  lines: readonly DiffLine[],
  side: 'old' | 'new',
): { text: string; lines: DiffLine[] } {
  const own = side === 'old' ? 'del' : 'add'
  const taken = lines.filter(({ kind }) => kind === 'same' || kind === own)
  return { text: taken.map(({ text }) => text).join('\n'), lines: taken }
}
