/** What a review reads and changes of a task's repository. */
import { type DiscardInput, discardChanges, undoDiscard } from './discard.ts'
import {
  commitOfLine,
  isTouched,
  type LinesPlace,
  makerOf,
  placeLines,
  readLines,
} from './lines.ts'
import type { Repository } from './repository.ts'

export type Reviewing = {
  /** Takes changes out of the task branch by a commit, which it returns. `file.changed` when the branch is not at `head` any more. */
  discard(taskId: string, input: DiscardInput): Promise<string>
  /** Brings back what that commit took out. `file.changed` when one of its files was changed since. */
  undoDiscard(
    taskId: string,
    input: { branch: string; commit: string; message: string },
  ): Promise<string>
  /** What lines say, and the object they are of. */
  readLines(taskId: string, place: LinesPlace): Promise<{ oid: string; text: string }>
  /** Where lines stand in `commit`, by index; undefined for those that are other ones or gone. */
  placeLines(
    taskId: string,
    commit: string,
    lines: readonly { path: string; oid: string; line: number }[],
  ): Promise<(number | undefined)[]>
  /** Of `agents`, oldest first, the one that wrote a line. */
  writerOf(
    taskId: string,
    place: Omit<LinesPlace, 'endLine'>,
    agents: readonly { id: string; baseCommit: string | null }[],
  ): Promise<string | undefined>
  isTouched(taskId: string, change: { from: string; to: string; path: string }): Promise<boolean>
}

export function createReviewing(
  open: (taskId: string) => Promise<Repository>,
  changing: <T>(taskId: string, work: () => Promise<T>) => Promise<T>,
): Reviewing {
  return {
    discard: (taskId, input) =>
      changing(taskId, async () => discardChanges(await open(taskId), input)),
    undoDiscard: (taskId, input) =>
      changing(taskId, async () => undoDiscard(await open(taskId), input)),
    readLines: async (taskId, place) => readLines(await open(taskId), place),
    placeLines: async (taskId, commit, lines) => placeLines(await open(taskId), commit, lines),
    async writerOf(taskId, place, agents) {
      const repository = await open(taskId)
      const commit = await commitOfLine(repository, place)
      return commit && makerOf(repository, commit, agents)
    },
    isTouched: async (taskId, change) => isTouched(await open(taskId), change),
  }
}
