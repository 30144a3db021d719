import { createMemo, For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { countGroups, groupNames, rowGroups } from '../../lib/activity/filter.ts'
import type { Row } from '../../lib/activity/rows.ts'
import { plural } from '../../lib/text.ts'
import type { ActivityList } from './activity-list.ts'
import { Minimap } from './minimap.tsx'

const chip =
  'flex items-center gap-1.5 h-11 md:h-6 px-2.5 md:px-2 rounded-chip text-small whitespace-nowrap flex-none border border-solid border-transparent'

/** Fewer rows are seen at a glance without it. */
const worthAStrip = 60

/** Kinds of rows to look at, how many errors there are, and where. */
export function FilterBar(props: {
  list: ActivityList
  rows: readonly Row[]
  onGo: (row: Row) => void
}): JSX.Element {
  const counts = createMemo(() => countGroups(props.rows))
  const errors = (): number => props.list.errors().length
  return (
    <div class="flex-none rule">
      <fieldset class="min-w-0 border-0 m-0 p-0 px-3 md:px-4 flex items-center gap-1 md:h-8 scroll-x">
        <legend class="sr-only">Show only</legend>
        <Show when={errors() > 0}>
          <button
            type="button"
            class={`${chip} text-fail font-500`}
            classList={{ 'bg-fail-tint': props.list.onlyErrors() }}
            aria-pressed={props.list.onlyErrors()}
            onClick={() => props.list.setOnlyErrors(!props.list.onlyErrors())}
          >
            <Glyph name="fail" />
            {plural(errors(), 'error')}
            <kbd class="key">⇧E</kbd>
          </button>
        </Show>
        <For each={rowGroups.filter((group) => counts()[group] > 0)}>
          {(group) => (
            <button
              type="button"
              class={chip}
              classList={{
                'bg-bg3 text-tx1': props.list.groups().has(group),
                t2: !props.list.groups().has(group),
              }}
              aria-pressed={props.list.groups().has(group)}
              onClick={() => props.list.toggleGroup(group)}
            >
              {groupNames[group]} <span class="t3">{counts()[group]}</span>
            </button>
          )}
        </For>
      </fieldset>
      <Show when={props.list.visible().length > worthAStrip}>
        <Minimap rows={props.list.visible()} onGo={props.onGo} />
      </Show>
    </div>
  )
}
