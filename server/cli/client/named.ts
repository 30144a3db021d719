/** What people keep under names: finding one by what was typed, asking before it goes, and files of it. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import { type ErrorCode, toMessage } from '#contract/errors.ts'
import { type Call, isSet, optionOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'

type Named = { id: string; name: string }

/** By its id, its name, or the beginning of its id. */
export function pickNamed<T extends Named>(
  all: readonly T[],
  typed: string,
  { noun, nouns, code }: { noun: string; nouns: string; code: ErrorCode },
): T {
  const exact = all.find(({ id }) => id === typed)
  if (exact) return exact
  const lower = typed.toLowerCase()
  const named = all.filter(({ name }) => name.toLowerCase() === lower)
  const matching = named.length > 0 ? named : all.filter(({ id }) => id.startsWith(lower))
  const lines = (some: readonly T[]): string[] =>
    some.map(({ id, name }) => `  ${toSafeLine(id)}  ${toSafeLine(name)}`)
  const [only, ...others] = matching
  if (!only || typed === '')
    throw new Failure(exitCodes.notFound, `There is no ${noun} "${toSafeLine(typed)}".`, {
      code,
      lines: all.length > 0 ? ['There are:', ...lines(all)] : [],
    })
  if (others.length > 0)
    throw usage(`Several ${nouns} are called "${toSafeLine(typed)}"; give the id.`, lines(matching))
  return only
}

/** Whether it may go: `--yes`, or what a person says. */
export async function mayRemove(call: Call, what: string): Promise<boolean> {
  if (isSet(call, 'yes')) return true
  const { terminal } = call
  if (!terminal.canAsk)
    throw usage('Removing cannot be undone; without a terminal to ask on it needs --yes.')
  if (isYes((await terminal.ask(`Remove ${what}? [y/N] `)) ?? '')) return true
  terminal.note('Nothing was removed.')
  return false
}

/** Prints a file, or saves it where `--to` says. */
export async function writeOut(call: Call, text: string): Promise<void> {
  const { terminal } = call
  const to = optionOf(call, 'to')
  if (to === undefined) await terminal.write(terminal.isTerminal ? toSafeText(text) : text)
  else await save(call, resolve(terminal.cwd, to), text)
}

async function save(call: Call, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: isSet(call, 'force') ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Failure(exitCodes.conflict, `${file} is there already; --force replaces it.`)
    throw usage(`${file} cannot be written: ${toMessage(error)}`)
  }
}
