import type { ClientCommand } from '#cli/arguments.ts'
import type { Api } from './api.ts'
import { usage } from './failure.ts'
import type { Paint } from './paint.ts'
import { toSafeJson } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

/** One command about to be carried out. */
export type Call = {
  api: Api
  terminal: Terminal
  paint: Paint
  words: readonly string[]
  options: ClientCommand['options']
}

/** Carries it out; returns the exit code. Throws `Failure`. */
export type Handler = (call: Call) => Promise<number>

export const isSet = ({ options }: Pick<Call, 'options'>, name: string): boolean =>
  options.has(name)

export const optionOf = ({ options }: Pick<Call, 'options'>, name: string): string | undefined =>
  options.get(name)?.[0]

/** A number as it was typed; what is in range is the server's to say. */
export function numberOf(call: Pick<Call, 'options'>, name: string): number | undefined {
  const text = optionOf(call, name)
  if (text === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(text)) throw usage(`--${name} takes a number, not "${text}".`)
  return Number(text)
}

export const wordOf = ({ words }: Pick<Call, 'words'>, at: number): string => words[at] ?? ''

/** Prints the API's own answer with `--json`, else what `render` makes of it. */
export async function print(
  { terminal, options }: Call,
  answer: unknown,
  render: () => readonly string[],
): Promise<void> {
  const lines = options.has('json') ? [toSafeJson(answer, 2)] : render()
  if (lines.length > 0) await terminal.write(`${lines.join('\n')}\n`)
}

/** All of stdin as text; a terminal is told that it is being read. */
export async function readStdin({ stdin, note }: Terminal): Promise<string> {
  if (stdin.isTTY) note('Reading from the terminal; end with Ctrl-D.')
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** A text that was given as a word, or `-` for stdin. */
export async function textOf(call: Call, word: string): Promise<string> {
  return word === '-' ? await readStdin(call.terminal) : word
}

/** A text file by name, or `-` for stdin. */
export async function fileText({ terminal }: Call, file: string): Promise<string> {
  if (file === '-') return await readStdin(terminal)
  const { readFile } = await import('node:fs/promises')
  const { resolve } = await import('node:path')
  try {
    return await readFile(resolve(terminal.cwd, file), 'utf8')
  } catch (error) {
    throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
