import * as v from 'valibot'

/** How the fetching of a task's repository gets on. */
export const SourceProgress = v.object({
  /**
   * `waiting`: another task fetches the same repository; `connecting`: it has not answered yet; `counting`: it looks what is to be sent;
   * `receiving`; `resolving`: what was received is put together.
   */
  stage: v.picklist(['waiting', 'connecting', 'counting', 'receiving', 'resolving']),
  /** Of the stage, 0 to 100. */
  percent: v.optional(v.number()),
  /** Received so far. */
  bytes: v.optional(v.number()),
  started_at: v.string(),
})
export type SourceProgress = v.InferOutput<typeof SourceProgress>

/** What is being done, in words for people; the numbers stand beside it. */
export const sourceStageWords: Record<SourceProgress['stage'], string> = {
  waiting: 'Waiting for another task that fetches the same repository',
  connecting: 'Asking the repository what it has',
  counting: 'The repository looks what is to be sent',
  receiving: 'Receiving the repository',
  resolving: 'Putting together what was received',
}
