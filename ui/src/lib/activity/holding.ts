/** Whole lines in a row and the rows made of them, within bounds: what is farthest from the reader is forgotten first. */
import { createLineSplitter, type Line } from '../lines.ts'
import { detach } from '../text.ts'
import { reduceLine } from './reduce.ts'
import type { Row } from './rows.ts'
import { type Activity, createActivity, trimActivity } from './state.ts'

/** Characters of lines, and rows, that are kept at most. */
export type HoldingLimits = { maxChars: number; maxRows: number }

/** A stored line as one that the CLI prints; undefined for what no reader acts on. */
export type Translate = (text: string) => string | undefined

export type Holding = {
  readonly activity: Activity
  readonly lines: readonly Line[]
  /** First byte held, and the first after what is held. Both begin lines. */
  from: number
  to: number
  /** `to` is to be moved by the caller, who knows where the line ends. */
  add(line: Line): void
  /** Everything anew from these lines. */
  reset(lines: Line[], range: { from: number; to: number }): void
  prepend(lines: readonly Line[], from: number): void
  isOver(): boolean
  /** Forget from the beginning, or from the end, until a good part of the room is free again. */
  trimStart(): void
  trimEnd(): void
  rowAt(offset: number): Row | undefined
  linesOf(row: Row): Line[]
}

/** Longer lines are kept for Raw with their beginning only; their rows are whole. */
const maxLineChars = 256 * 1024
const keptShare = 0.7

export function createHolding(
  { maxChars, maxRows }: HoldingLimits,
  translate: Translate = (text) => text,
): Holding {
  let activity = createActivity()
  let lines: Line[] = []
  let chars = 0

  const add = (line: Line): void => {
    const text = translate(line.text)
    if (text !== undefined) reduceLine(activity, { offset: line.offset, text })
    const kept = line.text.length > maxLineChars ? cut(line) : line
    chars += kept.text.length
    lines.push(kept)
  }
  const holding: Holding = {
    from: 0,
    to: 0,
    get activity() {
      return activity
    },
    get lines() {
      return lines
    },
    add,
    reset(next, { from, to }) {
      activity = createActivity({ startsInside: from > 0 })
      lines = []
      chars = 0
      holding.from = from
      holding.to = to
      for (const line of next) add(line)
    },
    prepend(older, from) {
      holding.reset([...older, ...lines], { from, to: holding.to })
    },
    isOver: () => chars > maxChars || activity.rows.length > maxRows,
    trimStart() {
      const tooMany = activity.rows.length - Math.floor(maxRows * keptShare)
      const firstKept = tooMany > 0 ? (activity.rows[tooMany]?.offset ?? 0) : 0
      let count = 0
      for (const { offset, text } of lines.slice(0, -1)) {
        if (chars <= maxChars * keptShare && offset >= firstKept) break
        chars -= text.length
        count++
      }
      lines.splice(0, count)
      holding.from = lines[0]?.offset ?? holding.to
      trimActivity(activity, holding.from)
    },
    trimEnd() {
      let left = chars
      let count = lines.length
      while (count > 1 && left > maxChars * keptShare) left -= lines[--count]?.text.length ?? 0
      const to = lines[count]?.offset ?? holding.to
      holding.reset(lines.slice(0, count), { from: holding.from, to })
    },
    rowAt(offset) {
      const id = activity.rowOfLine.get(offset)
      const place = id === undefined ? undefined : activity.place.get(id)
      if (place !== undefined) return activity.rows[place]
      return activity.rows.findLast((row) => row.offset <= offset) ?? activity.rows[0]
    },
    linesOf: (row) =>
      lines.filter(
        ({ offset }) => offset === row.offset || activity.rowOfLine.get(offset) === row.id,
      ),
  }
  return holding
}

function cut(line: Line): Line {
  const more = line.text.length - maxLineChars
  return { ...line, text: `${detach(line.text.slice(0, maxLineChars))}… ${more} characters more` }
}

/** The lines of bytes that begin one. */
export function toLines(from: number, bytes: Uint8Array): Line[] {
  const splitter = createLineSplitter({ from, isAligned: true })
  const lines = splitter.push(from, bytes)
  const rest = splitter.flush()
  return rest ? [...lines, rest] : lines
}
