/** What programs print, made safe to show: colours stay, everything that could move, rename or link is removed. */

/** CSI sequences; only those that end in `m` are kept. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const csi = /\u001b\[[0-?]*[ -/]*[@-~]/g
/** OSC, DCS, SOS, PM and APC with their payload, ended by BEL or ST; an unended one goes up to the line's end. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const strings = /\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\|(?=\n)|$)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const strayEscape = /\u001b(?!\[[0-9;:]*m)[ -/]*[0-~]?/g
/** All but tab, newline, and the escape of a colour. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const control = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const sgr = /^\u001b\[[0-9;:]*m$/

/** Keeps colour sequences, tabs and newlines. `\r` collapses a line to what was written last. */
export function sanitize(text: string): string {
  return text
    .replace(strings, '')
    .replace(csi, (sequence) => (sgr.test(sequence) ? sequence : ''))
    .replace(/\r\n/g, '\n')
    .split('\n')
    .map((line) => (line.includes('\r') ? collapse(line) : line))
    .join('\n')
    .replace(strayEscape, '')
    .replace(control, '')
}

function collapse(line: string): string {
  const parts = line.split('\r').filter((part) => part !== '')
  return parts.at(-1) ?? ''
}

/** Without colours too. */
export function toPlain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  return sanitize(text).replace(/\u001b\[[0-9;:]*m/g, '')
}

/** Lines of at most `max` characters; what is cut is said with its size. */
export function cutLongLines(text: string, max = 2000): string {
  if (text.length <= max) return text
  return text
    .split('\n')
    .map((line) =>
      line.length > max ? `${line.slice(0, max)} … ${line.length - max} characters more` : line,
    )
    .join('\n')
}
