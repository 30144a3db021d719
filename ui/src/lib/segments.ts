/** A line of code cut where its colour or its mark changes. */
import type { Range } from './word-diff.ts'

/** `kind` is a class of `base.css`, such as `syn-kw`. */
export type Token = { from: number; to: number; kind: string }
export type Segment = { text: string; kind?: string; marked: boolean }

/** More of a line than this is not shown: nobody reads it, and it would stop the page. */
export const maxLineLength = 2000

/** `tokens` and `marks` in order and without overlaps among themselves. */
export function toSegments(
  text: string,
  tokens: readonly Token[] = [],
  marks: readonly Range[] = [],
): Segment[] {
  const shown = text.slice(0, maxLineLength)
  const cuts = new Set([0, shown.length])
  for (const { from, to } of tokens) cuts.add(from).add(to)
  for (const [from, to] of marks) cuts.add(from).add(to)
  const points = [...cuts].filter((cut) => cut <= shown.length).sort((a, b) => a - b)
  const segments: Segment[] = []
  let [token, mark] = [0, 0]
  for (const [index, from] of points.entries()) {
    const to = points[index + 1]
    if (to === undefined) break
    while ((tokens[token]?.to ?? Number.POSITIVE_INFINITY) <= from) token++
    while ((marks[mark]?.[1] ?? Number.POSITIVE_INFINITY) <= from) mark++
    const kind = covers(tokens[token]?.from, from) ? tokens[token]?.kind : undefined
    const piece = shown.slice(from, to)
    segments.push({
      text: piece,
      marked: covers(marks[mark]?.[0], from),
      ...(kind ? { kind } : {}),
    })
  }
  return segments
}

const covers = (start: number | undefined, at: number): boolean =>
  start !== undefined && start <= at
