/**
 * Keeps a terminal equal to the rows that a page holds. Rows near the bottom are written again when they change; those
 * that scrolled off are drawn anew a little later, all at once. Rows may come and go at the beginning: what is drawn is a slice of them.
 */
import type { Row } from '../lib/activity/rows.ts'
import { renderRow } from './render.ts'
import { dim } from './style.ts'

/** The few things a terminal must do. */
export type Screen = {
  columns(): number
  /** Rows on the screen; what has scrolled off cannot be rewritten. */
  height(): number
  write(text: string): void
  clear(): void
}

export type TerminalWriter = {
  update(rows: readonly Row[]): void
  /** Everything anew, for another width or because a row that scrolled off has changed. */
  redraw(): void
  /** More of the rows before those drawn; how many lines were added above. */
  drawMore(): number
  /** Makes sure a row is drawn; how many lines there are from its first to the end, or undefined when it is not held. */
  reach(id: string): number | undefined
  /** To the newest rows again. */
  drawEnd(): void
  /** A row that scrolled off has changed. */
  isStale(): boolean
}

/** Lines drawn at once, lines kept at most (the terminal's own scrollback is larger), and text that is skipped rather than written. */
export const firstLines = 2000
export const maxLines = 9500
const skipChars = 200_000

type Drawn = { row: Row; lines: number }

export function createTerminalWriter(screen: Screen): TerminalWriter {
  let rows: readonly Row[] = []
  let drawn: Drawn[] = []
  let budget = firstLines
  let isStale = false
  /** The rows after what is drawn wait: somebody went to a place far above the end. */
  let isCut = false

  const render = (row: Row): string[] => renderRow(row, screen.columns())
  const put = (list: readonly Row[], before = ''): number => {
    let text = before
    for (const row of list) {
      const lines = render(row)
      drawn.push({ row, lines: lines.length })
      for (const line of lines) text += `${line}\r\n`
    }
    if (text !== '') screen.write(text)
    return text.length
  }
  const count = (list: readonly Drawn[]): number => list.reduce((sum, { lines }) => sum + lines, 0)
  /** From the end backwards as many rows as fit into the budget. */
  const startForEnd = (): number => {
    let start = rows.length
    for (let lines = 0; start > 0; start--) {
      const row = rows[start - 1]
      lines += row ? render(row).length : 0
      if (lines > budget) break
    }
    return Math.min(start, Math.max(0, rows.length - 1))
  }
  const drawFrom = (start: number): void => {
    screen.clear()
    drawn = []
    isStale = false
    let end = start
    for (let lines = 0; end < rows.length && lines < maxLines; end++) {
      const row = rows[end]
      lines += row ? render(row).length : 0
    }
    isCut = end < rows.length
    put(rows.slice(start, end), start > 0 ? `${dim('… earlier rows are above')}\r\n` : '')
  }
  const drawEnd = (): void => {
    budget = firstLines
    drawFrom(startForEnd())
  }
  const startOfDrawn = (): number => {
    const first = drawn[0]?.row.id
    return first === undefined ? -1 : rows.findIndex(({ id }) => id === first)
  }
  /** Forgets drawn rows that are not held any more; they stay in the scrollback. */
  const dropGone = (): void => {
    const first = rows[0]?.id
    const at = drawn.findIndex(({ row }) => row.id === first)
    if (startOfDrawn() < 0 && at > 0) drawn = drawn.slice(at)
  }
  const append = (start: number): void => {
    const changed = drawn.findIndex(({ row }, index) => rows[start + index] !== row)
    const from = changed < 0 ? drawn.length : changed
    const below = count(drawn.slice(from))
    if (below < screen.height()) {
      drawn = drawn.slice(0, from)
      const back = below > 0 ? `\u001b[${below}A\r\u001b[J` : ''
      if (put(rows.slice(start + from), back) > skipChars) drawEnd()
      return
    }
    // It cannot be rewritten where it is: the rest goes on, and everything is drawn anew when there is time.
    isStale = true
    const isSame = drawn.every(({ row }, index) => rows[start + index]?.id === row.id)
    if (!isSame) {
      drawEnd()
      return
    }
    drawn = drawn.map((each, index) => ({ ...each, row: rows[start + index] ?? each.row }))
    put(rows.slice(start + drawn.length))
  }

  return {
    isStale: () => isStale,
    update(next) {
      rows = next
      dropGone()
      const start = startOfDrawn()
      if (start < 0) drawEnd()
      else if (!isCut) append(start)
    },
    redraw: () => drawFrom(isCut ? Math.max(0, startOfDrawn()) : startForEnd()),
    drawMore() {
      const before = count(drawn)
      const start = startOfDrawn()
      if (start <= 0 || isCut || budget >= maxLines) return 0
      budget = Math.min(maxLines, budget * 2)
      drawFrom(startForEnd())
      return count(drawn) - before
    },
    reach(id) {
      const at = rows.findIndex((row) => row.id === id)
      if (at < 0) return undefined
      if (!drawn.some(({ row }) => row.id === id)) drawFrom(Math.max(0, at - 20))
      const place = drawn.findIndex(({ row }) => row.id === id)
      return place < 0 ? undefined : count(drawn.slice(place))
    },
    drawEnd,
  }
}
