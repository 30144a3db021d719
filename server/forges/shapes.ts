/** What the forges have in common. */
import type { ReviewComment } from '#contract/delivery.ts'
import { type CheckLog, ForgeError } from './forge.ts'

export const byTime = (comments: readonly ReviewComment[]): ReviewComment[] =>
  comments.toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at))

/** For what a pull request can do without: the sentence of the refusal in a list, or none. What may pass is thrown. */
export async function toAnswer(work: () => Promise<void>): Promise<string[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (
      error instanceof ForgeError &&
      ['permission', 'not-found', 'refused'].includes(error.reason)
    )
      return [error.message]
    throw error
  }
}

/** For what can be done without: undefined when the forge does not have it, or not for this token. */
export async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const withoutIt = ['permission', 'not-found', 'refused', 'unexpected']
    if (error instanceof ForgeError && withoutIt.includes(error.reason)) return undefined
    throw error
  }
}

/** Characters of a check's output that are kept: its end, where failures are told. */
const maxLog = 6_000
const maxNotes = 2_000

/** A failure is kept rather than the cleaning up behind it: runners of Actions mark it. */
const upToFailure = (text: string): string => {
  const at = text.lastIndexOf('##[error]')
  const end = at < 0 ? -1 : text.indexOf('\n', at)
  return end < 0 ? text : text.slice(0, end)
}

/** What one of them can say shortly comes first; the end of what was printed gets the rest of the room. */
export function toLog(printed: string, notes: readonly string[] = []): string | undefined {
  const head = clean(notes.join('\n')).slice(0, maxNotes)
  const end = clean(upToFailure(printed)).slice(-(maxLog - head.length - 1))
  return [head, end].filter(Boolean).join('\n') || undefined
}

const clean = (text: string): string =>
  text
    // Colours of a terminal, and what GitLab marks sections with.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]|section_(?:start|end):\d+:\S*\r?/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    // When each line was printed, as runners of Actions write it.
    .replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z ?/gm, '')
    .trim()

/** From what an API gives of a check, or from its refusal. What may pass is thrown. */
export async function logOf(
  host: string,
  read: () => Promise<string | undefined>,
): Promise<CheckLog> {
  try {
    const log = await read()
    return log === undefined ? { log_missing: `${host} has no log of this check.` } : { log }
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    if (error.reason === 'permission') return { log_missing: error.message }
    const isGone = ['not-found', 'refused', 'unexpected'].includes(error.reason)
    if (isGone) return { log_missing: `${host} gives no log of this check.` }
    throw error
  }
}

export const unknownPerson = (host: string, name: string): string =>
  `${host} knows nobody called "${name}" who could review this.`
