/** What differs inside one changed line, by words. */
export type Range = [from: number, to: number]

/** Lines of more words are compared by their common ends only: the table grows with the square. */
const maxWords = 300

/** Ranges of `before` and `after` that the other one does not have; undefined when they are two lines, not one changed line. */
export function diffWords(
  before: string,
  after: string,
): { before: Range[]; after: Range[] } | undefined {
  const [left, right] = [words(before), words(after)]
  const kept =
    left.length > maxWords || right.length > maxWords
      ? commonEnds(left, right)
      : longestCommon(left, right)
  const same = kept.reduce((sum, [at]) => sum + (left[at] ?? '').trim().length, 0)
  const longer = Math.max(before.replace(/\s/g, '').length, after.replace(/\s/g, '').length)
  if (same * 3 < longer) return undefined
  return {
    before: restOf(
      left,
      kept.map(([at]) => at),
    ),
    after: restOf(
      right,
      kept.map(([, at]) => at),
    ),
  }
}

const words = (text: string): string[] => text.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? []

type Pairs = [left: number, right: number][]

function longestCommon(left: readonly string[], right: readonly string[]): Pairs {
  const width = right.length + 1
  const table = new Uint16Array((left.length + 1) * width)
  const cell = (row: number, column: number): number => table[row * width + column] ?? 0
  for (let row = left.length - 1; row >= 0; row--)
    for (let column = right.length - 1; column >= 0; column--)
      table[row * width + column] =
        left[row] === right[column]
          ? cell(row + 1, column + 1) + 1
          : Math.max(cell(row + 1, column), cell(row, column + 1))
  const pairs: Pairs = []
  let [row, column] = [0, 0]
  while (row < left.length && column < right.length) {
    if (left[row] === right[column]) pairs.push([row++, column++])
    else if (cell(row + 1, column) >= cell(row, column + 1)) row++
    else column++
  }
  return pairs
}

function commonEnds(left: readonly string[], right: readonly string[]): Pairs {
  const most = Math.min(left.length, right.length)
  let head = 0
  while (head < most && left[head] === right[head]) head++
  let tail = 0
  while (tail < most - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++
  const pairs: Pairs = []
  for (let at = 0; at < head; at++) pairs.push([at, at])
  for (let at = tail; at > 0; at--) pairs.push([left.length - at, right.length - at])
  return pairs
}

/** Ranges of characters of the words that are not kept; a lone space between two of them belongs to the change. */
function restOf(all: readonly string[], kept: readonly number[]): Range[] {
  const isKept = new Set(kept)
  const ranges: Range[] = []
  let at = 0
  for (const [index, word] of all.entries()) {
    const last = ranges.at(-1)
    const isBridge =
      /^\s+$/.test(word) && !isKept.has(index + 1) && index + 1 < all.length && last?.[1] === at
    if (!isKept.has(index) || isBridge) {
      if (last && last[1] === at) last[1] = at + word.length
      else ranges.push([at, at + word.length])
    }
    at += word.length
  }
  return ranges
}
