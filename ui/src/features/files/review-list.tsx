import { For, type JSX, Show } from 'solid-js'
import type { Discard, ReviewComment } from '#contract/review.ts'
import { Button } from '../../components/button.tsx'
import { now } from '../../data/clock.ts'
import { describePlace, type LinePlace, placeOfComment } from '../../lib/review.ts'
import { plural } from '../../lib/text.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'
import type { Review } from './review.ts'
import { Comment } from './talk.tsx'

const order = { draft: 0, sent: 1, resolved: 2 } as const

/** All comments and all that was discarded, wherever in the changes. */
export function ReviewList(props: {
  review: Review
  onGoTo: (file: string, place?: LinePlace) => void
}): JSX.Element {
  const comments = (): ReviewComment[] =>
    props.review.comments().toSorted((a, b) => order[a.state] - order[b.state])
  return (
    <section
      aria-label="Comments and discarded changes"
      class="flex-none max-h-[32vh] md:max-h-[45vh] overflow-auto rule bg-bg2 p-2 col gap-2"
    >
      <Show when={comments().length === 0}>
        <p class="t2 px-2">
          No comments yet. Press a line number, then Comment; what you say goes to the agent that
          wrote the line.
        </p>
      </Show>
      <For each={comments()}>
        {(comment) => (
          <Comment
            review={props.review}
            comment={comment}
            place={<Place comment={comment} onGoTo={props.onGoTo} />}
          />
        )}
      </For>
      <For each={props.review.discards()}>
        {(discard) => <Discarded review={props.review} discard={discard} />}
      </For>
    </section>
  )
}

function Place(props: {
  comment: ReviewComment
  onGoTo: (file: string, place?: LinePlace) => void
}): JSX.Element {
  return (
    <div class="col gap-1">
      <div class="flex flex-wrap items-center gap-2">
        <button
          type="button"
          class="mono-small wrap-any text-start underline min-h-11 md:min-h-6"
          onClick={() => props.onGoTo(props.comment.path, placeOfComment(props.comment))}
        >
          {describePlace(props.comment)}
        </button>
        <Show when={props.comment.now === undefined}>
          <span class="t3 text-small">
            {props.comment.elsewhere
              ? 'on work that is not in these changes'
              : 'outdated: these lines are other ones now'}
          </span>
        </Show>
      </div>
      <Show when={props.comment.now === undefined}>
        <pre class="well mono-small px-2 py-1 overflow-x-auto max-h-24">{props.comment.quote}</pre>
      </Show>
    </div>
  )
}

function Discarded(props: { review: Review; discard: Discard }): JSX.Element {
  const what = (): string => {
    const [only] = props.discard.files
    if (props.discard.files.length > 1 || !only) return plural(props.discard.files.length, 'file')
    return only.hunks ? `a part of ${only.path}` : only.path
  }
  return (
    <div class="talk-card flex flex-wrap items-center gap-x-3 gap-y-1">
      <span class="wrap-any">
        {props.discard.undone_at ? 'Discarded and brought back' : 'Discarded'}: {what()}
      </span>
      <span class="t3 text-small" title={formatExact(Date.parse(props.discard.created_at))}>
        {formatAgo(Date.parse(props.discard.created_at), now())}
      </span>
      <span class="flex-1" />
      <Show when={!props.discard.undone_at}>
        <Button
          small
          icon="undo"
          busy={props.review.act.busy()}
          disabled={props.review.held.discards() !== undefined}
          title={props.review.held.discards()}
          onClick={() => void props.review.bringBack(props.discard.id)}
        >
          Bring back
        </Button>
      </Show>
    </div>
  )
}
