/** What the forges have in common. */
import type { ReviewComment } from '#contract/delivery.ts'
import { ForgeError } from './forge.ts'

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
export const maxLog = 6_000

export function toLog(parts: readonly string[]): string | undefined {
  const text = parts
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n')
    // Colours of a terminal, and what GitLab marks sections with.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
    .replaceAll(/\u001b\[[0-9;]*[A-Za-z]|section_(?:start|end):\d+:\S*\r?/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .trim()
  return text === '' ? undefined : text.slice(-maxLog)
}

export const unknownPerson = (host: string, name: string): string =>
  `${host} knows nobody called "${name}" who could review this.`
