/** Colours of code. The parsers are large: they arrive as chunks of their own when the first line is to be coloured. */

import { patiently } from './patient.ts'
import type { Token } from './segments.ts'

/** Longer texts stay plain, so that colouring never holds up reading. */
const maxLength = 400_000
const maxLine = 5000

/**
 * Tokens of every line of `text`, by the language that the file's name tells; undefined when there is none, when the
 * text is too long, or when a line is.
 */
export async function colourLines(path: string, text: string): Promise<Token[][] | undefined> {
  if (text.length === 0 || text.length > maxLength) return undefined
  if (text.split('\n').some((line) => line.length > maxLine)) return undefined
  const { tokenize } = await patiently(() => import('./syntax-parsers.ts'))
  return tokenize(path, text)
}
