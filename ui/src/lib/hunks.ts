/** Changes of a file in the pieces in which they are discarded, as git would group them. */
import type { HunkRange } from '#contract/review.ts'
import type { DiffLine } from './diff.ts'
import type { LinePlace } from './review.ts'

export type Hunk = {
  range: HunkRange
  /** Index of the first line that is shown of it, an unchanged one where there is one before it. */
  first: number
  added: number
  deleted: number
}

const contextLines = 3

/** Changes with no more unchanged lines between them than both show around themselves are one piece. */
export function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const hunks: Hunk[] = []
  let from = -1
  let last = -1
  for (const [at, { kind }] of lines.entries()) {
    if (kind !== 'add' && kind !== 'del') continue
    if (from >= 0 && (at - last > 2 * contextLines + 1 || hasSeam(lines, last, at))) {
      hunks.push(toHunk(lines, from, last))
      from = -1
    }
    if (from < 0) from = at
    last = at
  }
  if (from >= 0) hunks.push(toHunk(lines, from, last))
  return hunks
}

/** Lines are left out between the two. */
const hasSeam = (lines: readonly DiffLine[], from: number, to: number): boolean =>
  lines.slice(from, to).some(({ kind }) => kind === 'hunk')

function toHunk(lines: readonly DiffLine[], from: number, to: number): Hunk {
  const own = lines.slice(from, to + 1)
  const olds = own.flatMap((line) => ('old' in line ? [line.old] : []))
  const news = own.flatMap((line) => ('new' in line ? [line.new] : []))
  let first = from
  while (first > 0 && from - first < contextLines && lines[first - 1]?.kind === 'same') first--
  return {
    range: {
      old_start: olds[0] ?? 0,
      old_lines: span(olds),
      new_start: news[0] ?? 0,
      new_lines: span(news),
    },
    first,
    added: own.filter(({ kind }) => kind === 'add').length,
    deleted: own.filter(({ kind }) => kind === 'del').length,
  }
}

const span = (numbers: readonly number[]): number => {
  const [first, last] = [numbers[0], numbers.at(-1)]
  return first === undefined || last === undefined ? 0 : last - first + 1
}

/** "Lines 12 to 18", of the side that has any. */
export function describeHunk({ range }: Hunk): string {
  const { old_start, old_lines, new_start, new_lines } = range
  const [start, lines] = new_lines > 0 ? [new_start, new_lines] : [old_start, old_lines]
  return lines === 1 ? `Line ${start}` : `Lines ${start} to ${start + lines - 1}`
}

/** The line to go to from `at`, by changes or by lines; undefined where there is no further one. */
export function stepFrom(
  lines: readonly DiffLine[],
  at: LinePlace | undefined,
  { by, of }: { by: 1 | -1; of: 'changes' | 'lines' },
): LinePlace | undefined {
  const changed = new Set(
    hunksOf(lines).map(({ first }) =>
      lines.findIndex((line, index) => index >= first && isChange(line)),
    ),
  )
  const start = at ? lines.findIndex((line) => isAt(line, at)) : by > 0 ? -1 : lines.length
  for (let index = start + by; index >= 0 && index < lines.length; index += by) {
    const line = lines[index]
    if (line && (of === 'changes' ? changed.has(index) : 'new' in line || 'old' in line))
      return placeOfLine(line)
  }
  return undefined
}

/** The piece that a line belongs to. */
export function hunkAt(lines: readonly DiffLine[], place: LinePlace): Hunk | undefined {
  const index = lines.findIndex((line) => isAt(line, place))
  return index < 0 ? undefined : hunksOf(lines).findLast(({ first }) => first <= index)
}

const isChange = ({ kind }: DiffLine): boolean => kind === 'add' || kind === 'del'

const isAt = (line: DiffLine, { side, line: number }: LinePlace): boolean =>
  side === 'new' ? 'new' in line && line.new === number : 'old' in line && line.old === number

function placeOfLine(line: DiffLine): LinePlace | undefined {
  if ('new' in line) return { side: 'new', line: line.new }
  return 'old' in line ? { side: 'old', line: line.old } : undefined
}
