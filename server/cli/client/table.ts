import type { Paint, State } from './paint.ts'
import { toSafeLine } from './safe-text.ts'

export type Cell = string | { text: string; state: State }
export type Column = {
  title: string
  align?: 'right'
  /** Gives way when the terminal is too narrow, down to this many characters. */
  shrinksTo?: number
}

const gap = '  '

/** Aligned columns, the title row dim. Empty columns are left out, cells are made safe. Without `width` nothing is cut. */
export function renderTable(
  all: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: { width: number | undefined; paint: Paint },
): string[] {
  const cells = rows.map((row) => row.map(toCell))
  const isUsed = all.map((_, at) => cells.some((row) => row[at]?.text))
  const columns = all.filter((_, at) => isUsed[at])
  const safe = cells.map((row) => row.filter((_, at) => isUsed[at]))
  const wanted = columns.map(({ title }, at) =>
    Math.max(textWidth(title), ...safe.map((row) => textWidth(row[at]?.text ?? ''))),
  )
  const widths = width === undefined ? wanted : shrink(columns, wanted, width)
  const line = (cells: readonly { text: string; state?: State }[]): string =>
    columns
      .map(({ align }, at) => {
        const { text = '', state } = cells[at] ?? {}
        const cut = cutText(text, widths[at] ?? 0)
        const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - textWidth(cut)))
        const painted = state ? paint.state(state, cut) : cut
        if (align === 'right') return space + painted
        return at === columns.length - 1 ? painted : painted + space
      })
      .join(gap)
      .trimEnd()
  return [paint.dim(line(columns.map(({ title }) => ({ text: title })))), ...safe.map(line)]
}

function toCell(cell: Cell): { text: string; state?: State } {
  if (typeof cell === 'string') return { text: toSafeLine(cell) }
  return { ...cell, text: toSafeLine(cell.text) }
}

/** The widest columns that may shrink give way first. */
function shrink(columns: readonly Column[], wanted: readonly number[], width: number): number[] {
  const widths = [...wanted]
  const room = width - gap.length * (columns.length - 1)
  const least = columns.map(({ shrinksTo }, at) => shrinksTo ?? wanted[at] ?? 0)
  for (let over = widths.reduce((sum, each) => sum + each, 0) - room; over > 0; over--) {
    const left = widths.map((each, at) => (each > (least[at] ?? 0) ? each : 0))
    const widest = left.indexOf(Math.max(...left))
    if (left[widest] === 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

/** Cells a terminal uses: wide characters count two, combining ones none. */
export const textWidth = (text: string): number => Bun.stringWidth(text)

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = textWidth(segment)
    if (used + next > width - 1) break
    cut += segment
    used += next
  }
  return `${cut}…`
}

/** Lines of at most `width` cells, broken at spaces where there are any. */
export function wrapText(text: string, width: number | undefined): string[] {
  return text.split('\n').flatMap((line) => (width === undefined ? [line] : wrapLine(line, width)))
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/(?<= )/)) {
    if (textWidth((current + word).trimEnd()) > width && current !== '') {
      lines.push(current.trimEnd())
      current = ''
    }
    current += word
    while (textWidth(current.trimEnd()) > width) {
      const head = cutText(current, width + 1).slice(0, -1)
      lines.push(head)
      current = current.slice(head.length)
    }
  }
  return [...lines, current.trimEnd()]
}
