import { createSignal, For, type JSX, onMount, Show } from 'solid-js'
import type { ReviewComment } from '#contract/review.ts'
import { Button } from '../../components/button.tsx'
import { store } from '../../data/store.ts'
import { describeState, type LinePlace, placeKey } from '../../lib/review.ts'
import type { Composing, Review } from './review.ts'

/** Below a line: what was said to it, and room to say something. */
export function Talk(props: {
  review: Review
  path: string
  place: LinePlace
  /** The address points to the line. */
  isTarget: boolean
}): JSX.Element {
  const said = (): readonly ReviewComment[] =>
    props.review.at(props.path).get(placeKey(props.place)) ?? []
  const composing = (): Composing | undefined =>
    props.review.isComposing(props.path, props.place) ? props.review.composing() : undefined
  return (
    <Show when={said().length > 0 || composing() || props.isTarget}>
      <div class="talk">
        <For each={said()}>{(comment) => <Comment review={props.review} comment={comment} />}</For>
        <Show when={composing()}>
          {(place) => <Composer review={props.review} place={place()} />}
        </Show>
        <Show when={props.isTarget && !composing()}>
          <div class="flex">
            <Button
              small
              icon="message"
              shortcut="C"
              onClick={() => props.review.compose(props.path, props.place)}
            >
              Comment on line {props.place.line}
            </Button>
          </div>
        </Show>
      </div>
    </Show>
  )
}

function Composer(props: { review: Review; place: Composing }): JSX.Element {
  const [text, setText] = createSignal(props.review.textOf(props.place))
  let field: HTMLTextAreaElement | undefined
  // When the list has made room for it.
  onMount(() =>
    requestAnimationFrame(() => {
      field?.focus()
      field?.form?.scrollIntoView({ block: 'nearest' })
    }),
  )
  const lines = (): string =>
    props.place.line === props.place.endLine
      ? `line ${props.place.line}`
      : `lines ${props.place.line} to ${props.place.endLine}`
  const add = (): void => {
    if (text().trim() !== '') void props.review.add(props.place, text().trim())
  }
  return (
    <form
      class="talk-card col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <textarea
        ref={field}
        class="input min-h-16! py-1.5!"
        rows={3}
        aria-label={`Comment on ${lines()} of ${props.place.path}`}
        placeholder={`Say what should be different in ${lines()}`}
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value)
          props.review.keepText(props.place, event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            add()
          } else if (event.key === 'Escape') {
            event.preventDefault()
            event.stopPropagation()
            props.review.stopComposing()
          }
        }}
      />
      <div class="flex flex-wrap items-center gap-2">
        <Button type="submit" small busy={props.review.act.busy()} disabled={text().trim() === ''}>
          Add comment
        </Button>
        <Button small look="quiet" onClick={() => props.review.stopComposing()}>
          Cancel
        </Button>
        <span class="t3 text-small">
          A draft until you send it, to the agent that wrote the line. ⇧ and a line number takes
          more lines.
        </span>
      </div>
      <Show when={props.review.act.error()}>
        {(message) => (
          <p role="alert" class="text-fail text-small">
            {message()}
          </p>
        )}
      </Show>
    </form>
  )
}

/** One comment with what can be done with it. */
export function Comment(props: {
  review: Review
  comment: ReviewComment
  /** Above the words: where it belongs, in a list. */
  place?: JSX.Element
}): JSX.Element {
  const [isEditing, setEditing] = createSignal(false)
  const id = (): string => props.comment.id
  const isDraft = (): boolean => props.comment.state === 'draft'
  return (
    <article
      class="talk-card col gap-1"
      classList={{ t3: props.comment.state === 'resolved' }}
      aria-label={`Comment on line ${props.comment.now ?? props.comment.line} of ${props.comment.path}`}
    >
      {props.place}
      <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span class="font-500">You</span>
        <span class="t2 text-small">{describeState(props.comment)}</span>
        <Show when={isDraft()}>
          <Recipient review={props.review} comment={props.comment} />
        </Show>
        <span class="flex ms-auto">
          <Show
            when={isDraft()}
            fallback={
              <>
                <Show when={props.comment.state === 'sent' && props.comment.delivery === 'waiting'}>
                  <Small
                    label="Send again"
                    onPress={() => void props.review.change(id(), { state: 'draft' })}
                  />
                </Show>
                <Small
                  label={props.comment.state === 'resolved' ? 'Open again' : 'Resolve'}
                  onPress={() =>
                    void props.review.change(id(), {
                      state: props.comment.state === 'resolved' ? 'sent' : 'resolved',
                    })
                  }
                />
              </>
            }
          >
            <Small label="Edit" onPress={() => setEditing(!isEditing())} />
            <Small label="Delete" onPress={() => void props.review.remove(id())} />
          </Show>
        </span>
      </div>
      <Show
        when={isEditing()}
        fallback={<p class="whitespace-pre-wrap wrap-any">{props.comment.body}</p>}
      >
        <Editing review={props.review} comment={props.comment} onDone={() => setEditing(false)} />
      </Show>
    </article>
  )
}

const Small = (props: { label: string; onPress: () => void }): JSX.Element => (
  <Button small look="quiet" onClick={() => props.onPress()}>
    {props.label}
  </Button>
)

function Editing(props: {
  review: Review
  comment: ReviewComment
  onDone: () => void
}): JSX.Element {
  const [text, setText] = createSignal(props.comment.body)
  const save = async (): Promise<void> => {
    const body = text().trim()
    if (body !== '' && (await props.review.change(props.comment.id, { body }))) props.onDone()
  }
  return (
    <div class="col gap-2">
      <textarea
        class="input min-h-16! py-1.5!"
        aria-label="Words of the comment"
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="flex gap-2">
        <Button small disabled={text().trim() === ''} onClick={() => void save()}>
          Save
        </Button>
        <Button small look="quiet" onClick={() => props.onDone()}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

/** Whose agent it goes to, and another one if that is better. */
function Recipient(props: { review: Review; comment: ReviewComment }): JSX.Element {
  const subtasks = () => store.plan.get(props.review.taskId()).value?.subtasks ?? []
  return (
    <label class="flex items-center gap-1 t2 text-small whitespace-nowrap">
      goes to
      <select
        class="input md:w-auto! max-w-[180px] px-1.5! py-0! md:min-h-6! text-small"
        value={props.comment.to ?? ''}
        onChange={(event) =>
          void props.review.change(props.comment.id, { to: event.currentTarget.value })
        }
      >
        <Show when={!props.comment.to}>
          <option value="" selected disabled>
            choose who
          </option>
        </Show>
        <For each={subtasks()}>
          {(subtask) => (
            <option value={subtask.id} selected={subtask.id === props.comment.to}>
              {subtask.name}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
