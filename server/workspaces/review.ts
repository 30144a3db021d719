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
import type { Looks } from './looks.ts'
import { checkCommit, checkId, type Repository } from './repository.ts'

/** With `live`, the commit is the `to` of a look at this agent; `file.not-found` when that is not kept any more. */
type InLook = { live?: string | undefined }

export type Reviewing = {
  /** Takes changes out of the task branch by a commit, which it returns. `file.changed` when the branch is not at `head` any more. */
  discard(taskId: string, input: DiscardInput): Promise<string>
  /** Brings back what that commit took out. `file.changed` when one of its files was changed since. */
  undoDiscard(
    taskId: string,
    input: { branch: string; commit: string; message: string },
  ): Promise<string>
  /** What lines say, and the object they are of. */
  readLines(taskId: string, place: LinesPlace & InLook): Promise<{ oid: string; text: string }>
  /** Where lines stand in `commit`, by index; undefined for those that are other ones or gone. */
  placeLines(
    taskId: string,
    at: { commit: string } & InLook,
    lines: readonly { path: string; oid: string; line: number }[],
  ): Promise<(number | undefined)[]>
  /** The object `oid` stays when nothing else has it any more, until it is dropped under the same `id`. */
  keepObject(
    taskId: string,
    object: { id: string; oid: string; commit: string } & InLook,
  ): Promise<void>
  dropObject(taskId: string, id: string): Promise<void>
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
  openLook: Looks['open'],
): Reviewing {
  const openAt = (taskId: string, { commit, live }: { commit: string } & InLook) =>
    live === undefined ? open(taskId) : openLook({ taskId, agentId: live, to: commit })
  return {
    discard: (taskId, input) =>
      changing(taskId, async () => discardChanges(await open(taskId), input)),
    undoDiscard: (taskId, input) =>
      changing(taskId, async () => undoDiscard(await open(taskId), input)),
    readLines: async (taskId, place) => readLines(await openAt(taskId, place), place),
    placeLines: async (taskId, at, lines) => placeLines(await openAt(taskId, at), at.commit, lines),
    keepObject: (taskId, { id, oid, ...at }) =>
      changing(taskId, async () =>
        keepObject(await openAt(taskId, at), await open(taskId), { id, oid }),
      ),
    dropObject: (taskId, id) =>
      changing(taskId, async () => {
        await (await open(taskId)).git(['update-ref', '-d', commentRef(id)])
      }),
    async writerOf(taskId, place, agents) {
      const repository = await open(taskId)
      const commit = await commitOfLine(repository, place)
      return commit && makerOf(repository, commit, agents)
    },
    isTouched: async (taskId, change) => isTouched(await open(taskId), change),
  }
}

const commentRef = (id: string): string => `refs/klaudio/comments/${checkId(id)}`

/** The name of an object is that of its content, so it is the same one where it is written again. */
async function keepObject(
  from: Repository,
  into: Repository,
  { id, oid }: { id: string; oid: string },
): Promise<void> {
  const { stdout } = await from.git(['cat-file', 'blob', checkCommit(oid)])
  const to = await into.line(['hash-object', '-w', '--stdin'], { input: stdout })
  await into.updateRefs([{ ref: commentRef(id), to }])
}
