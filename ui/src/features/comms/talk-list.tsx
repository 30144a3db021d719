import { For, type JSX, Show } from 'solid-js'
import { countOf, pairWords } from '../../lib/messages/pairs.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import type { TalkView } from './talk-graph.tsx'

/** The pairs that talk, those who talk most first: the drawing's form on a phone. */
export function PairList(props: { view: TalkView }): JSX.Element {
  return (
    <Show
      when={props.view.pairs.length > 0}
      fallback={<p class="t3 text-small px-4 py-3">Nobody has talked to anybody yet.</p>}
    >
      <ul class="m-0 p-0 list-none">
        <For each={props.view.pairs}>
          {(pair) => (
            <li class="rule">
              <button
                type="button"
                class="w-full min-h-11 px-4 row text-start"
                classList={{
                  'bg-bg2 shadow-[inset_2px_0_0_var(--tx1)]': props.view.isChosenPair(pair),
                }}
                aria-pressed={props.view.isChosenPair(pair)}
                aria-label={`${pairWords(pair, props.view.wordOf)}; last ${formatExact(pair.lastAt)}`}
                onClick={() => props.view.choosePair(pair)}
              >
                <span class="flex-1 min-w-0 wrap-any">
                  <span class="font-500">{props.view.wordOf(pair.a)}</span>
                  <span class="t3"> and </span>
                  <span class="font-500">{props.view.wordOf(pair.b)}</span>
                </span>
                <span class="font-600">{countOf(pair)}</span>
                <span class="t3 text-small">{formatClock(pair.lastAt)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}
