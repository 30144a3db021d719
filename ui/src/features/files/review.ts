/** A review of the changes that a pane shows: comments at their lines, and what is discarded. */
import { createContext, createMemo, createSignal, useContext } from 'solid-js'
import type { MessagePriority } from '#contract/agent.ts'
import type { DiscardChanges, HunkRange, ReviewComment } from '#contract/review.ts'
import { type Act, createAct } from '../../data/act.ts'
import { ApiError } from '../../data/api.ts'
import { reviewApi } from '../../data/review-api.ts'
import { store } from '../../data/store.ts'
import { invalidateWork, partsKey, rangeOf, type Scope, work, workKey } from '../../data/work.ts'
import { describeSent, groupComments, type LinePlace, placeKey } from '../../lib/review.ts'
import { load, save } from '../../lib/storage.ts'

export type Composing = LinePlace & {
  path: string
  endLine: number
  /** What was looked at when the writing began: it may have gone on since. */
  between: { from: string; to: string } | undefined
}

export type Review = ReturnType<typeof createReview>

const ReviewContext = createContext<Review>()
export const ReviewProvider = ReviewContext.Provider
export const useReview = (): Review | undefined => useContext(ReviewContext)

const noPlaces: ReadonlyMap<string, ReviewComment[]> = new Map()

export function createReview(taskId: () => string, scope: () => Scope) {
  const canComment = (): boolean => scope().kind !== 'kept'
  /** Drawn where it may be possible: whether it is now, `held.discards` says. */
  const hasDiscards = (): boolean => scope().kind === 'all'
  const key = (): string => workKey(taskId(), scope())
  /** Lines of an agent's container have a place once they are read. */
  const isRead = (): boolean => {
    const entry = scope().kind === 'live' ? work.live.peek(key()) : undefined
    return scope().kind !== 'live' || (entry !== undefined && entry.state !== 'loading')
  }
  const list = () => (canComment() && isRead() ? work.comments.get(key()).value : undefined)
  const discards = () =>
    scope().kind === 'all' ? work.discards.get(partsKey(taskId())).value : undefined
  const comments = (): readonly ReviewComment[] => list()?.comments ?? []
  const placed = createMemo(() => groupComments(comments()))
  const drafts = createMemo(() => comments().filter(({ state }) => state === 'draft'))
  const [composing, setComposing] = createSignal<Composing>()
  const [note, setNote] = createSignal('')
  const [lastDiscard, setLastDiscard] = createSignal<string>()
  const act: Act = createAct()
  const refresh = (): Promise<void> => work.comments.refresh(key())

  const textKey = ({ path, side, line }: Composing): string =>
    `comment.${taskId()}.${path}.${side}${line}`

  const add = (place: Composing, body: string): Promise<boolean> =>
    act.run(async () => {
      const { path, side, line, endLine, between } = place
      const known = scope()
      await reviewApi.addComment(taskId(), {
        ...{ path, side, line, end_line: endLine, body },
        ...(between && { commit: side === 'new' ? between.to : between.from }),
        ...(known.kind === 'agent' && { agent: known.id }),
        ...(known.kind === 'live' && { live: known.id }),
        ...(known.kind === 'subtask' && side === 'old' && { to: known.id }),
      })
      save(textKey(place), '')
      setComposing(undefined)
      await refresh()
    })

  const discard = (files: DiscardChanges['files'], words: string): Promise<boolean> =>
    act.run(async () => {
      const head = rangeOf(key())?.to
      if (!head) return
      try {
        const made = await reviewApi.discard(taskId(), { head, files })
        setLastDiscard(made.id)
        setNote(`Discarded ${words}. What is delivered is without it.`)
      } catch (error) {
        // What is shown is not what there is.
        if (error instanceof ApiError && error.code === 'file.changed') invalidateWork(taskId())
        throw error
      }
      await Promise.all([work.changes.refresh(key()), work.discards.refresh(partsKey(taskId()))])
      await refresh()
    })

  return {
    taskId,
    canComment,
    hasDiscards,
    /** What stands between the lines is known. */
    isKnown: (): boolean => !canComment() || work.comments.get(key()).state !== 'loading',
    comments,
    drafts,
    /** Somebody for whom there is a draft is in the middle of a turn. */
    isAtWork: (): boolean => {
      const to = new Set(drafts().map((draft) => draft.to))
      return (store.task.get(taskId()).value?.agents ?? []).some(
        ({ subtask_id: id, status }) => status === 'running' && id !== undefined && to.has(id),
      )
    },
    discards: () => discards()?.discards ?? [],
    /** Why drafts cannot be sent, or changes not be discarded, now. */
    held: { comments: () => list()?.held, discards: () => discards()?.held },
    /** Of one file, by `placeKey`. */
    at: (path: string): ReadonlyMap<string, ReviewComment[]> => placed().get(path) ?? noPlaces,
    countOf: (path: string): number =>
      comments().filter((each) => each.path === path && each.state !== 'resolved').length,
    act,
    note,
    lastDiscard,
    clearNote(): void {
      setNote('')
      setLastDiscard(undefined)
      act.clear()
    },
    composing,
    isComposing: (path: string, place: LinePlace): boolean => {
      const known = composing()
      if (known?.path !== path || known.side !== place.side) return false
      return placeKey({ side: known.side, line: known.endLine }) === placeKey(place)
    },
    compose: (path: string, { side, line }: LinePlace): void =>
      void setComposing({ path, side, line, endLine: line, between: rangeOf(key()) }),
    /** Up to another line of the same side. False when there is nothing to extend. */
    extend(path: string, { side, line }: LinePlace): boolean {
      const known = composing()
      if (known?.path !== path || known.side !== side) return false
      setComposing({
        ...known,
        line: Math.min(known.line, line),
        endLine: Math.max(known.line, line),
      })
      return true
    },
    stopComposing: (): void => void setComposing(undefined),
    textOf: (place: Composing): string => load(textKey(place)),
    keepText: (place: Composing, text: string): void => save(textKey(place), text),
    add,
    change: (id: string, change: Parameters<typeof reviewApi.changeComment>[2]) =>
      act.run(async () => {
        await reviewApi.changeComment(taskId(), id, change)
        await refresh()
      }),
    remove: (id: string) =>
      act.run(async () => {
        await reviewApi.removeComment(taskId(), id)
        await refresh()
      }),
    send: (priority?: MessagePriority) =>
      act.run(async () => {
        const sent = await reviewApi.sendComments(taskId(), priority)
        setLastDiscard(undefined)
        setNote(describeSent(sent))
        await refresh()
      }),
    discardFile: (path: string) => discard([{ path }], `the changes of ${path}`),
    discardHunk: (path: string, hunk: HunkRange) =>
      discard([{ path, hunks: [hunk] }], `a part of ${path}`),
    bringBack: (commit: string) =>
      act.run(async () => {
        await reviewApi.undoDiscard(taskId(), commit)
        setLastDiscard(undefined)
        setNote('Brought back what was discarded.')
        await Promise.all([work.changes.refresh(key()), work.discards.refresh(partsKey(taskId()))])
        await refresh()
      }),
  }
}
