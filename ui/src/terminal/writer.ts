/**
 * Keeps a terminal equal to a growing list of rows: settled rows are written once, the rows at the end that may still
 * change are written again when they do.
 */
import { isSettled, type Row } from '../lib/activity/rows.ts'
import { renderRow } from './render.ts'

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
  /** Everything anew, for another width. */
  redraw(rows: readonly Row[]): void
}

/** Rows drawn at once at most; older ones are in Activity and Raw. */
const maxRows = 3000

export function createTerminalWriter(screen: Screen): TerminalWriter {
  let written: Row[] = []
  /** Lines of every row after the last settled one. */
  let tail: string[] = []

  const draw = (rows: readonly Row[]): void => {
    const firstOpen = rows.findIndex((row, index) => index >= written.length && !isSettled(row))
    const settledUpTo = firstOpen < 0 ? rows.length : firstOpen
    const settled = rows
      .slice(written.length, settledUpTo)
      .flatMap((row) => renderRow(row, screen.columns()))
    const open = rows.slice(settledUpTo).flatMap((row) => renderRow(row, screen.columns()))
    const back = tail.length > 0 ? `\u001b[${tail.length}A\r\u001b[J` : ''
    const text = [...settled, ...open].map((line) => `${line}\r\n`).join('')
    if (back + text !== '') screen.write(back + text)
    written = rows.slice(0, settledUpTo)
    tail = open
  }

  const redraw = (rows: readonly Row[]): void => {
    screen.clear()
    written = []
    tail = []
    draw(rows)
  }

  return {
    redraw: (rows) => redraw(rows.slice(-maxRows)),
    update(all) {
      const rows = all.slice(-maxRows)
      // A settled row that changed after all, for example by a late result, or a tail that has left the screen.
      const changed = written.some((row, index) => rows[index] !== row)
      if (changed || tail.length >= screen.height()) redraw(rows)
      else draw(rows)
    },
  }
}
