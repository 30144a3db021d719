import { type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { now } from '../../data/clock.ts'
import { reachedLimit } from '../../data/usage.ts'
import { windowName } from '../../lib/limit-words.ts'
import { formatClock, formatElapsed, formatExact } from '../../lib/time.ts'

/** While the Claude account is used up: nobody has to do anything, and until when. Above what every page of work shows. */
export function LimitNotice(props: { class?: string }): JSX.Element {
  return (
    <Show when={reachedLimit()}>
      {(limit) => (
        <section
          aria-label="Claude usage"
          class={`flex items-start gap-2.5 px-4 md:px-5 py-2 bg-bg2 rule flex-none ${props.class ?? ''}`}
        >
          <Glyph name="pause" class="mt-0.5" />
          <p class="flex-1 min-w-0">
            <span class="font-500">
              Claude usage reached{limit().window ? ` (${windowName(limit().window)} window)` : ''}.
            </span>{' '}
            <span class="t2">
              <Show
                when={limit().until}
                fallback="All agents wait, and try again by themselves. Their work is safe."
              >
                {(until) => (
                  <>
                    All agents wait, and continue by themselves at{' '}
                    <span title={formatExact(until())}>{formatClock(until())}</span>,{' '}
                    <span class="t1 font-500 whitespace-nowrap" role="timer">
                      in {formatElapsed(until() - now())}
                    </span>
                    .
                  </>
                )}
              </Show>
            </span>
          </p>
        </section>
      )}
    </Show>
  )
}
