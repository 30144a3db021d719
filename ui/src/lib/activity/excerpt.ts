import { toPlain } from '../ansi.ts'

/** Which lines of a long output are worth showing first. */
export type Excerpt = ({ kind: 'lines'; lines: string[] } | { kind: 'gap'; count: number })[]

export type ExcerptOptions = { head: number; tail: number; isError: boolean }

const cause = /\b(error|fail(?:ed|ure)?|panic|exception|not ok)\b/i
const beforeCause = 2
const afterCause = 6
const errorTail = 3

/** Beginning and end; of an error the lines around its first cause, and the last few. */
export function toExcerpt(
  lines: readonly string[],
  { head, tail, isError }: ExcerptOptions,
): Excerpt {
  if (lines.length <= head + tail + 1) return [{ kind: 'lines', lines: [...lines] }]
  const at = isError ? lines.findIndex((line) => cause.test(toPlain(line))) : -1
  if (at < 0) return join(lines, [0, head], [lines.length - tail, lines.length])
  return join(
    lines,
    [Math.max(0, at - beforeCause), at + afterCause],
    [lines.length - errorTail, lines.length],
  )
}

type Range = [from: number, to: number]

function join(lines: readonly string[], ...ranges: Range[]): Excerpt {
  const out: Excerpt = []
  let shown = 0
  for (const [start, to] of ranges) {
    const from = Math.max(start, shown)
    if (from > shown) out.push({ kind: 'gap', count: from - shown })
    if (to > from) out.push({ kind: 'lines', lines: lines.slice(from, to) })
    shown = Math.max(shown, to)
  }
  if (shown < lines.length) out.push({ kind: 'gap', count: lines.length - shown })
  return out
}
