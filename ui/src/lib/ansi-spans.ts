/** Colours of program output as pieces of text that a page can show without a terminal. */

/** `colour`: 0-15 of the terminal's palette. */
export type Span = { text: string; colour?: number; isBold?: boolean; isDim?: boolean }

type Style = Omit<Span, 'text'>

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const sequence = /\u001b\[([0-9;:]*)m/g

/** `text` has no other sequences than colours (`sanitize`). Colours beyond the sixteen are shown as plain text. */
export function toSpans(text: string): Span[] {
  const spans: Span[] = []
  let style: Style = {}
  let last = 0
  for (const match of text.matchAll(sequence)) {
    if (match.index > last) spans.push({ text: text.slice(last, match.index), ...style })
    last = match.index + match[0].length
    style = apply(style, match[1] ?? '')
  }
  if (last < text.length) spans.push({ text: text.slice(last), ...style })
  return spans
}

function apply(before: Style, codes: string): Style {
  let style = before
  const numbers = codes.split(/[;:]/).map(Number)
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0
    // 38 and 48 carry a colour of their own: its numbers are no codes.
    if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4
    else style = applyOne(style, code)
  }
  return style
}

function applyOne(style: Style, code: number): Style {
  const { colour: _, ...rest } = style
  if (code === 0) return {}
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 39) return rest
  if (code >= 30 && code <= 37) return { ...rest, colour: code - 30 }
  if (code >= 90 && code <= 97) return { ...rest, colour: code - 82 }
  return style
}
