import { A } from '@solidjs/router'
import { Index, type JSX, Show } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/part.tsx'
import { titleOf } from '../../lib/attention-title.ts'
import { permissionLine } from '../../lib/permission.ts'
import type { InboxRow } from './inbox-rows.ts'
import { Age, glyphOf, headOf, holdsOf } from './words.tsx'

/** Rows stay where they are while the page is open; what comes is added at the end. */
export function InboxList(props: {
  rows: readonly InboxRow[]
  ready: boolean
  selectedId: string | undefined
  doneOf: (id: string) => string
  query: string
  class: string
  children: JSX.Element
}): JSX.Element {
  const fresh = (): number => props.rows.filter(({ isNew, isGone }) => isNew && !isGone).length
  return (
    <div
      class={`min-h-0 overflow-auto md:border-0 md:border-r md:border-solid md:border-line ${props.class}`}
    >
      <Show
        when={props.ready || props.rows.length > 0}
        fallback={<Skeleton rows={4} height={68} />}
      >
        <ul aria-label="Open">
          {/* By place: rows never move, and a focused one must not be made anew. */}
          <Index each={props.rows}>
            {(row) => (
              <Row
                row={row()}
                selectedId={props.selectedId}
                doneOf={props.doneOf}
                query={props.query}
              />
            )}
          </Index>
        </ul>
        <p role="status" class="px-4 py-2 t3 text-small">
          <Show when={fresh() > 0}>{fresh()} new below</Show>
        </p>
        {props.children}
      </Show>
    </div>
  )
}

const lineOf = (item: AttentionItem): string =>
  item.kind === 'permission' ? permissionLine(item.permission) : ''

function Row(props: {
  row: InboxRow
  selectedId: string | undefined
  doneOf: (id: string) => string
  query: string
}): JSX.Element {
  const item = () => props.row.item
  const isSelected = (): boolean => props.selectedId === item().id
  return (
    <li class="rule">
      <A
        href={`/inbox/${item().id}${props.query}`}
        noScroll
        data-inbox-row={item().id}
        aria-current={isSelected() ? 'true' : undefined}
        class="grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-4 py-2.5 min-h-[68px] hover:bg-bg2 ring-in"
        activeClass=""
        inactiveClass=""
        classList={{ 'md:bg-bg3!': isSelected(), 'opacity-60': props.row.isGone }}
      >
        <Glyph name={props.row.isGone ? 'done' : glyphOf(item())} class="mt-0.5" />
        <span class="col gap-0.5">
          <span class="font-500 line-clamp-2 wrap-any" title={titleOf(item())}>
            {titleOf(item())}
          </span>
          <Show when={item().kind === 'permission' && lineOf(item())}>
            {(line) => <span class="t2 mono-small clip">{line()}</span>}
          </Show>
          <span class="t3 text-small clip">
            {props.row.isGone
              ? props.doneOf(item().id) || 'Answered elsewhere, or waits no more'
              : `${headOf(item())} · ${item().task.name}`}
          </span>
          <Show when={!props.row.isGone}>
            <span class="t3 text-small clip">{holdsOf(item())}</span>
          </Show>
        </span>
        <span class="t3 text-small whitespace-nowrap">
          <Age since={item().since} />
        </span>
      </A>
    </li>
  )
}
