/** Two texts line by line, in the form of a patch's hunks. */
type Hunk = { oldStart: number; newStart: number; lines: string[] }
type Op = { sign: ' ' | '+' | '-'; text: string }

const context = 3
/** Cells of the table of common lines; above it the differing middle is shown as replaced as a whole. */
const maxCells = 4_000_000

export function diffTexts(before: string, after: string): Hunk[] {
  return toHunks(diffLines(splitLines(before), splitLines(after)))
}

const splitLines = (text: string): string[] => (text === '' ? [] : text.split('\n'))

function diffLines(old: readonly string[], now: readonly string[]): Op[] {
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  const rest = Math.min(old.length, now.length) - head
  while (tail < rest && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const same = (lines: readonly string[]): Op[] => lines.map((text) => ({ sign: ' ', text }))
  return [
    ...same(old.slice(0, head)),
    ...diffMiddle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...same(tail === 0 ? [] : old.slice(-tail)),
  ]
}

function diffMiddle(old: readonly string[], now: readonly string[]): Op[] {
  if (old.length * now.length > maxCells)
    return [
      ...old.map((text): Op => ({ sign: '-', text })),
      ...now.map((text): Op => ({ sign: '+', text })),
    ]
  const common = countCommon(old, now)
  const ops: Op[] = []
  let [row, column] = [0, 0]
  while (row < old.length || column < now.length) {
    const [gone, come] = [old[row], now[column]]
    if (gone !== undefined && gone === come) {
      ops.push({ sign: ' ', text: gone })
      row++
      column++
    } else if (column === now.length || common(row + 1, column) >= common(row, column + 1)) {
      ops.push({ sign: '-', text: gone ?? '' })
      row++
    } else {
      ops.push({ sign: '+', text: come ?? '' })
      column++
    }
  }
  return ops
}

/** Length of the longest common rest from every pair of places on; past the end of `old` nothing is left to take away. */
function countCommon(
  old: readonly string[],
  now: readonly string[],
): (row: number, column: number) => number {
  const width = now.length + 1
  const table = new Uint32Array((old.length + 1) * width)
  const at = (row: number, column: number): number =>
    row > old.length ? -1 : (table[row * width + column] ?? 0)
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--)
      table[row * width + column] =
        old[row] === now[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
  return at
}

function toHunks(ops: readonly Op[]): Hunk[] {
  const hunks: Hunk[] = []
  let hunk: Hunk | undefined
  let [old, now] = [1, 1]
  for (const [index, { sign, text }] of ops.entries()) {
    const isNear = ops
      .slice(Math.max(0, index - context), index + context + 1)
      .some((op) => op.sign !== ' ')
    if (isNear) {
      if (!hunk) {
        hunk = { oldStart: old, newStart: now, lines: [] }
        hunks.push(hunk)
      }
      hunk.lines.push(`${sign}${text}`)
    } else hunk = undefined
    if (sign !== '+') old++
    if (sign !== '-') now++
  }
  return hunks
}
