/** Colour sequences and measuring of text that has them. */
const introducer = '\u001b['
const reset = `${introducer}0m`
const paint =
  (codes: string) =>
  (text: string): string =>
    text === '' ? '' : `${introducer}${codes}m${text}${reset}`

export const bold = paint('1')
export const dim = paint('90')
export const red = paint('31')
export const green = paint('32')
export const yellow = paint('33')
export const blue = paint('34')
export const magenta = paint('35')
export const cyan = paint('36')
export const boldBlue = paint('1;34')
export const boldYellow = paint('1;33')
export const boldRed = paint('1;31')

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const sequence = /\u001b\[[0-9;:]*m/y
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u
const zero = /\p{Mn}|\u200b|\u200d|\ufe0f/u

/** Cells that a character takes. */
export function cellsOf(character: string): number {
  if (character <= '\u024f') return 1
  if (zero.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

type Cell = { text: string; cells: number; style: string }

/**
 * Cuts a line into pieces of at most `width` cells, at a space where there is one. Colours that were on go on in the
 * next piece.
 */
export function wrap(line: string, width: number): string[] {
  const all = toCells(line)
  const pieces: string[] = []
  let start = 0
  do {
    const end = lineEnd(all, start, width)
    pieces.push(join(all.slice(start, end)))
    start = all[end]?.text === ' ' ? end + 1 : end
  } while (start < all.length)
  return pieces
}

/** Where a line that begins at `start` has to end. */
function lineEnd(all: readonly Cell[], start: number, width: number): number {
  let used = 0
  let space = -1
  for (let at = start; at < all.length; at++) {
    const isSpace = all[at]?.text === ' '
    used += all[at]?.cells ?? 0
    if (used > width && isSpace) return at
    if (used > width) return space > start ? space : Math.max(at, start + 1)
    if (isSpace) space = at
  }
  return all.length
}

function toCells(line: string): Cell[] {
  const all: Cell[] = []
  let style = ''
  for (let index = 0; index < line.length; ) {
    sequence.lastIndex = index
    const found = sequence.exec(line)?.[0]
    if (found) {
      style = found === reset || found === `${introducer}m` ? '' : style + found
      index += found.length
      continue
    }
    const text = String.fromCodePoint(line.codePointAt(index) ?? 0)
    all.push({ text, cells: cellsOf(text), style })
    index += text.length
  }
  return all
}

function join(piece: readonly Cell[]): string {
  let text = ''
  let style = ''
  for (const cell of piece) {
    if (cell.style !== style) text += (style ? reset : '') + cell.style
    style = cell.style
    text += cell.text
  }
  return style ? text + reset : text
}
