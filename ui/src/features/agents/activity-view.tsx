import { createEffect, createMemo, createSignal, For, type JSX, on, onMount, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createKeys } from '../../data/keys.ts'
import { isError, type Row } from '../../lib/activity/rows.ts'
import { plural } from '../../lib/text.ts'
import { ActivityRow } from './activity-row.tsx'
import { createFollow } from './follow.ts'

const pageRows = 400

/** The parsed stream: one line per thing that happened, unfolded on demand. */
export function ActivityView(props: {
  rows: readonly Row[]
  startedAt: number | undefined
  /** Ids of messages that a person sent. */
  mine: ReadonlySet<string>
  isLive: boolean
  empty: string
}): JSX.Element {
  const follow = createFollow()
  const [open, setOpen] = createSignal<ReadonlyMap<string, boolean>>(new Map())
  const [limit, setLimit] = createSignal(pageRows)
  let scroller: HTMLDivElement | undefined

  const isOpen = (row: Row): boolean => open().get(row.id) ?? isOpenAtFirst(row)
  const toggle = (row: Row): void => {
    follow.pause()
    setOpen(new Map(open()).set(row.id, !isOpen(row)))
  }
  const byId = createMemo(() => new Map(props.rows.map((row) => [row.id, row])))
  const visible = createMemo(() => {
    const isHidden = (row: Row): boolean => {
      const parent = row.parent === undefined ? undefined : byId().get(row.parent)
      return parent !== undefined && (!isOpen(parent) || isHidden(parent))
    }
    return props.rows.filter((row) => !isHidden(row) && !isSuperseded(row))
  })
  // By id, so that a row that changes keeps its place, its focus and its unfolding.
  const ids = createMemo(() =>
    visible()
      .slice(-limit())
      .map(({ id }) => id),
  )
  const isMine = (row: Row): boolean => row.kind === 'message' && props.mine.has(row.uuid)
  const errors = createMemo(() => visible().filter(isError))

  onMount(() => {
    if (!scroller) return
    follow.attach(scroller)
    follow.toEnd()
  })
  createEffect(
    on(
      () => props.rows.length,
      (count, before) => follow.grown(count - (before ?? 0)),
    ),
  )
  const goTo = (row: Row | undefined): undefined => {
    if (!row) return
    follow.pause()
    const element = document.getElementById(`row-${row.id}`)
    element?.scrollIntoView({ block: 'center' })
    element?.focus()
  }
  const rowIn = (): number =>
    errors().findIndex(({ id }) => document.activeElement?.id === `row-${id}`)
  createKeys({
    e: () => goTo(errors()[Math.min(errors().length - 1, rowIn() + 1)]),
    E: () => goTo(errors()[Math.max(0, rowIn() - 1)]),
    End: () => {
      follow.toEnd()
      return undefined
    },
  })
  return (
    <div class="flex-1 min-h-0 relative flex flex-col bg-bg1">
      <Show when={errors().length > 0}>
        <button
          type="button"
          class="row px-4 h-11 md:h-8 rule text-small font-500 text-fail flex-none"
          onClick={() => goTo(errors()[0])}
        >
          <Glyph name="fail" />
          {plural(errors().length, 'error')}
          <kbd class="key">e</kbd>
        </button>
      </Show>
      <div ref={scroller} class="flex-1 min-h-0 overflow-auto">
        <div class="py-2">
          <Show when={visible().length > limit()}>
            <div class="px-4 pb-2">
              <Button look="quiet" onClick={() => setLimit(limit() + pageRows * 5)}>
                Show {Math.min(pageRows * 5, visible().length - limit())} earlier rows
              </Button>
            </div>
          </Show>
          <Show when={props.rows.length === 0}>
            <p class="px-4 py-2 t2">{props.empty}</p>
          </Show>
          <For each={ids()}>
            {(id) => {
              const row = createMemo(() => byId().get(id))
              return (
                <Show when={row()}>
                  {(known) => (
                    <ActivityRow
                      row={known()}
                      startedAt={props.startedAt}
                      isMine={isMine(known())}
                      isOpen={isOpen(known())}
                      isLive={props.isLive}
                      onToggle={() => toggle(known())}
                    />
                  )}
                </Show>
              )
            }}
          </For>
        </div>
      </div>
      <Show when={!follow.isFollowing()}>
        <button
          type="button"
          class="button absolute right-4 bottom-3 shadow-float"
          onClick={() => follow.toEnd()}
        >
          {follow.unseen() > 0 ? `${follow.unseen()} new` : 'To the end'} ↓
        </button>
      </Show>
    </div>
  )
}

/** Errors open themselves; a subagent stays open while it works; everything else is one line. */
function isOpenAtFirst(row: Row): boolean {
  if (row.kind === 'subagent') return row.state === 'running'
  return isError(row)
}

/** Only the newest to-do list is worth a row, and prose only when it has begun. */
const isSuperseded = (row: Row): boolean =>
  (row.kind === 'todo' && !row.isLatest) || (row.kind === 'text' && row.text === '')
