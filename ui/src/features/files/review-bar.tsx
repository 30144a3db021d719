import { type JSX, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { store } from '../../data/store.ts'
import { whenRead } from '../../lib/messages/when-read.ts'
import { recipientsOf } from '../../lib/review.ts'
import { plural } from '../../lib/text.ts'
import type { Review } from './review.ts'

/** At the bottom while there is something to send, or something has just been done. */
export function ReviewBar(props: { review: Review }): JSX.Element {
  const drafts = () => props.review.drafts()
  const lost = (): boolean => drafts().some(({ to }) => to === undefined)
  const held = (): string | undefined =>
    lost() ? 'Choose whom every comment goes to.' : props.review.held.comments()
  /** Of one who is at it; what becomes of the work of others is said when it is sent. */
  const when = (): string | undefined => {
    const [to, ...others] = new Set(drafts().map((draft) => draft.to))
    if (to === undefined || others.length > 0 || !props.review.isAtWork()) return undefined
    return whenRead(store.task.get(props.review.taskId()).value?.agents ?? [], to)
  }
  const hasWords = (): boolean => props.review.note() !== '' || props.review.act.error() !== ''
  return (
    <Show when={drafts().length > 0 || hasWords()}>
      <section
        aria-label="Your review"
        class="flex-none rule-top bg-bg0 px-4 py-2 flex flex-wrap items-center gap-x-3 gap-y-1.5"
      >
        <div
          class="flex-1 min-w-[110px] col"
          classList={{ 'lt-md:basis-full': drafts().length > 0 && props.review.isAtWork() }}
          role="status"
        >
          <Show when={props.review.act.error()}>
            {(message) => <span class="text-fail">{message()}</span>}
          </Show>
          <Show when={props.review.note()}>{(words) => <span>{words()}</span>}</Show>
          <Show when={drafts().length > 0}>
            <span class="t2 text-small wrap-any">
              {plural(drafts().length, 'draft')} for {recipientsOf(drafts())}
              <Show when={held() ?? when()}>{(words) => <>. {words()}</>}</Show>
            </span>
          </Show>
        </div>
        <Show when={props.review.lastDiscard()}>
          {(commit) => (
            <Button
              icon="undo"
              busy={props.review.act.busy()}
              onClick={() => void props.review.bringBack(commit())}
            >
              Bring back
            </Button>
          )}
        </Show>
        <Show when={hasWords()}>
          <Button look="quiet" onClick={() => props.review.clearNote()}>
            Close
          </Button>
        </Show>
        <Show when={drafts().length > 0 && props.review.isAtWork()}>
          <Button
            look="quiet"
            busy={props.review.act.busy()}
            disabled={held() !== undefined}
            onClick={() => void props.review.send('later')}
          >
            Queue for later
          </Button>
        </Show>
        <Show when={drafts().length > 0}>
          <Button
            look="primary"
            icon="send"
            busy={props.review.act.busy()}
            disabled={held() !== undefined}
            onClick={() => void props.review.send()}
          >
            Send {plural(drafts().length, 'comment')}
          </Button>
        </Show>
      </section>
    </Show>
  )
}
