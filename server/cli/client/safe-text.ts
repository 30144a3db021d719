/**
 * Text that others wrote (agents, tasks, file names), made harmless for a terminal. Control characters could move the cursor, rename
 * the window, answer for the person or fill the clipboard; direction marks could show something other than what is there.
 */

/** Several lines: newlines and tabs stay, everything else that is not text is shown as a picture of itself. */
export function toSafeText(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(unsafe, toPicture)
}

/** One line: newlines and tabs become spaces. */
export function toSafeLine(text: string): string {
  return toSafeText(text.replace(/[\s\u2028\u2029]+/g, ' ').trim())
}

/** The same value as `JSON.stringify` gives, with everything escaped that a terminal could take for more than text. */
export function toSafeJson(value: unknown, indent?: number): string {
  return escapeJson(JSON.stringify(value, null, indent))
}

/** JSON has no place for such characters outside its strings, where an escape means the same. */
export function escapeJson(json: string): string {
  return json.replace(unsafe, (found) =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** C0 but for tab and newline, DEL and C1, direction marks, line separators, invisible joiners and tags, lone surrogates. */
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu

function toPicture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  return code === 0x7f ? '␡' : '\ufffd'
}
