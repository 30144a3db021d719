/** What a review does by keys: from change to change and from line to line, say something, take something out. */
import type { FileChange } from '#contract/file.ts'
import { type Action, useActions } from '../../data/actions.ts'
import { loadDiff, type Scope } from '../../data/work.ts'
import { hunkAt, stepFrom } from '../../lib/hunks.ts'
import type { LinePlace } from '../../lib/review.ts'
import type { Review } from './review.ts'

/** The newest that is not back yet. */
const lastDiscard = (review: Review): string | undefined =>
  review.discards().find(({ undone_at }) => undone_at === undefined)?.id

export function useReviewKeys(options: {
  taskId: () => string
  scope: () => Scope
  review: Review | undefined
  /** The file in sight, and the line in it that the address points to. */
  file: () => FileChange | undefined
  target: () => LinePlace | undefined
  /** Beside something else the single keys are that one's. */
  hasKeys: () => boolean
  onGoTo: (file: string, place: LinePlace) => void
  /** There is nothing further in the file. */
  onBeyond: (by: 1 | -1) => void
}): void {
  const { review } = options
  const linesOf = async (file: FileChange) =>
    (await loadDiff(options.taskId(), options.scope(), file))?.lines ?? []
  const step = async (by: 1 | -1, of: 'changes' | 'lines'): Promise<void> => {
    const file = options.file()
    if (!file) return
    const next = stepFrom(await linesOf(file), options.target(), { by, of })
    if (next) options.onGoTo(file.path, next)
    else options.onBeyond(by)
  }
  const discard = async (file: FileChange, place: LinePlace): Promise<void> => {
    const hunk = hunkAt(await linesOf(file), place)
    if (hunk && review) await review.discardHunk(file.path, hunk.range)
  }
  useActions((): Action[] => {
    const [file, target] = [options.file(), options.target()]
    const key = (keys: string) => (options.hasKeys() ? { keys } : {})
    const group = 'Changes'
    const noFile = !file && 'There is no file in sight.'
    const noLine = !(file && target) && 'Press a line number first, or go to a change.'
    const notHere = review?.hasDiscards() ? review.held.discards() : 'Only of all that is merged.'
    const move: Action[] = [
      ...([1, -1] as const).map((by): Action => {
        const label = by > 0 ? 'Next change' : 'Previous change'
        const keys = key(by > 0 ? 'Alt+ArrowDown' : 'Alt+ArrowUp')
        const id = `changes.change${by}`
        return { id, label, group, disabled: noFile, ...keys, run: () => step(by, 'changes') }
      }),
      ...([1, -1] as const).map((by): Action => {
        const label = by > 0 ? 'Next line' : 'Previous line'
        const id = `changes.line${by}`
        const disabled = noFile
        return {
          id,
          label,
          group,
          disabled,
          ...key(by > 0 ? '.' : ','),
          run: () => step(by, 'lines'),
        }
      }),
    ]
    if (!review?.canComment()) return move
    return [
      ...move,
      {
        id: 'changes.comment',
        label: 'Comment on this line',
        group,
        ...key('c'),
        disabled: noLine,
        run: () => file && target && review.compose(file.path, target),
      },
      {
        id: 'changes.discard',
        label: 'Discard this change',
        group,
        ...key('x'),
        disabled: notHere ?? noLine,
        run: () => file && target && discard(file, target),
      },
      {
        id: 'changes.discard-file',
        label: 'Discard all changes of this file',
        group,
        disabled: notHere ?? noFile,
        run: () => file && review.discardFile(file.path),
      },
      {
        id: 'changes.bring-back',
        label: 'Bring back what was discarded last',
        group,
        disabled: review.held.discards() ?? (!lastDiscard(review) && 'Nothing is discarded.'),
        run: () => {
          const last = lastDiscard(review)
          return last !== undefined && review.bringBack(last)
        },
      },
      ...sending(review),
    ]
  })
}

function sending(review: Review): Action[] {
  const group = 'Changes'
  const held = review.drafts().length === 0 ? 'There is no draft.' : review.held.comments()
  return [
    {
      id: 'changes.send',
      label: 'Send the comments',
      group,
      disabled: held,
      run: () => review.send(),
    },
    {
      id: 'changes.send-later',
      label: 'Queue for later the comments',
      group,
      disabled: held ?? (!review.isAtWork() && 'Nobody is at work on it now.'),
      run: () => review.send('later'),
    },
  ]
}
