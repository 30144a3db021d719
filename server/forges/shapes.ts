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

export const unknownPerson = (host: string, name: string): string =>
  `${host} knows nobody called "${name}" who could review this.`
