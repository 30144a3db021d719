import { useNavigate } from '@solidjs/router'
import { createEffect, createMemo, createSignal, type JSX, on, Show, untrack } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import {
  countUnlisted,
  listAttention,
  listMoreAttention,
  setAside,
  takeBack,
} from '../../data/attention.ts'
import { all, store } from '../../data/store.ts'
import { titleOf } from '../../lib/attention-title.ts'
import { useAnswerKeys } from './answer-keys.ts'
import { createAnswering } from './answering.ts'
import { addressOf } from './controls.tsx'
import { InboxDetail } from './inbox-detail.tsx'
import { InboxList } from './inbox-list.tsx'
import { type InboxRow, mergeRows, nextOpen } from './inbox-rows.ts'
import { waitsForAgents } from './words.tsx'

const hourMs = 3_600_000
const never = Number.MAX_SAFE_INTEGER

/** List and detail of what is open. On a phone one of the two: the detail when `id` says which. */
export function Inbox(props: {
  id: string | undefined
  filter: (item: AttentionItem) => boolean
  /** What is under way, and what has ended: where nothing waits any more, that is what one wants to know. */
  meanwhile: JSX.Element
  /** What happened last in a task. */
  recent: (taskId: string) => JSX.Element
  ready: boolean
  /** Kept in every address: the filters, with their question mark. */
  query: string
}): JSX.Element {
  const navigate = useNavigate()
  const answering = createAnswering()
  const [replyTo, setReplyTo] = createSignal('', { equals: false })
  // The first list is shown when it is whole; from then on nothing in it moves.
  let listed = store.attention.get(all).value?.wanted
  const rows = createMemo<InboxRow[]>((known) => {
    if (known.length === 0 && !props.ready) return known
    const wanted = store.attention.get(all).value?.wanted
    const isNew = known.length > 0 && wanted === listed
    listed = wanted
    return mergeRows(known, listAttention(), isNew)
  }, [])
  const shown = createMemo(() => rows().filter(({ item }) => props.filter(item)))
  const selected = createMemo(
    () => shown().find(({ item }) => item.id === props.id) ?? (props.id ? undefined : shown()[0]),
  )
  const selectedId = createMemo(() => selected()?.item.id)
  let selectedAt = Date.now()
  createEffect(
    on(selectedId, () => {
      selectedAt = Date.now()
    }),
  )
  const select = (id: string): void => {
    navigate(`/inbox/${id}${props.query}`, { replace: true, scroll: false })
    queueMicrotask(() =>
      document.querySelector<HTMLElement>(`[data-inbox-row="${CSS.escape(id)}"]`)?.focus(),
    )
  }
  const move = (by: number): void => {
    const at = shown().findIndex(({ item }) => item.id === selected()?.item.id)
    const next = shown()[Math.max(0, Math.min(shown().length - 1, at + by))]
    if (next) select(next.item.id)
  }
  const open = (): AttentionItem | undefined =>
    selected() && !selected()?.isGone ? selected()?.item : undefined
  const [lastAway, setPutAway] = createSignal<{ item: AttentionItem; until: number }>()
  const undo = (): void => {
    const away = lastAway()
    if (!away) return
    setPutAway(undefined)
    takeBack(away.item.id)
    select(away.item.id)
  }
  const putAway = (until: number): void => {
    const item = open()
    if (!item) return
    const next = nextOpen(shown(), item.id)
    setAside(item.id, until)
    setPutAway({ item, until })
    if (next) select(next)
  }
  const nextOf = (id: string): AttentionItem | undefined => {
    const next = nextOpen(shown(), id)
    return shown().find(({ item }) => item.id === next)?.item
  }
  useAnswerKeys({
    item: open,
    since: () => selectedAt,
    answering,
    reply: ({ id }) => setReplyTo(id),
    open: (item) => navigate(addressOf(item)),
  })
  useActions(() => [
    {
      id: 'list.next',
      label: 'Next row',
      group: 'List',
      keys: ['j', 'ArrowDown'],
      palette: false,
      run: () => move(1),
    },
    {
      id: 'list.previous',
      label: 'Previous row',
      group: 'List',
      keys: ['k', 'ArrowUp'],
      palette: false,
      run: () => move(-1),
    },
    {
      id: 'list.first',
      label: 'First row',
      group: 'List',
      keys: 'Home',
      palette: false,
      run: () => move(-rows().length),
    },
    {
      id: 'list.last',
      label: 'Last row',
      group: 'List',
      keys: 'End',
      palette: false,
      run: () => move(rows().length),
    },
    {
      id: 'inbox.snooze',
      label: 'Put aside for an hour',
      group: 'Needs you',
      keys: 's',
      words: 'snooze later',
      disabled: open() ? '' : 'Nothing is selected.',
      run: () => putAway(Date.now() + hourMs),
    },
    {
      id: 'inbox.done',
      label: 'Take it off the inbox',
      group: 'Needs you',
      keys: 'e',
      words: 'done archive dismiss',
      disabled: whyNotDone(open()),
      run: () => putAway(never),
    },
    {
      id: 'inbox.undo',
      label: 'Take the last one back',
      group: 'Needs you',
      keys: 'z',
      words: 'undo snooze done',
      disabled: lastAway() ? '' : 'Nothing was put aside.',
      run: undo,
    },
  ])
  useActions(() =>
    props.id === undefined
      ? []
      : [
          {
            id: 'inbox.back',
            label: 'Back to the list',
            group: 'Needs you',
            keys: 'Escape',
            palette: false,
            run: () => navigate(`/inbox${props.query}`),
          },
        ],
  )
  // Answered here: the next one, as in a pile of letters.
  createEffect(
    on(
      () => {
        const row = selected()
        // That it is gone may be known before its answer has come back.
        return row?.isGone && answering.of(row.item.id).done !== '' ? row.item.id : undefined
      },
      (id) => {
        if (!id) return
        const next = untrack(() => nextOpen(shown(), id))
        if (next && matchMedia('(min-width: 761px)').matches) select(next)
        else if (document.activeElement === document.body)
          queueMicrotask(() =>
            document
              .querySelector<HTMLElement>(`article[data-attention="${CSS.escape(id)}"]`)
              ?.focus(),
          )
      },
      { defer: true },
    ),
  )
  return (
    <Show
      when={rows().length > 0 || !props.ready}
      fallback={
        <div class="page flex-1 min-h-0 overflow-auto">
          <div class="card mb-4">
            <Empty>
              Inbox is empty. You'll find questions, permissions, plans to approve and failures
              here.
            </Empty>
          </div>
          {props.meanwhile}
        </div>
      }
    >
      <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] md:grid-cols-[minmax(260px,380px)_minmax(0,1fr)] rule-top">
        <InboxList
          rows={shown()}
          ready={props.ready}
          selectedId={selected()?.item.id}
          doneOf={(id) => answering.of(id).done}
          query={props.query}
          class={props.id ? 'lt-md:hidden!' : ''}
        >
          <Show when={countUnlisted() > 0}>
            <div class="px-4 pb-2">
              <Button look="quiet" onClick={() => void listMoreAttention()}>
                Show more, {countUnlisted()} are further down
              </Button>
            </div>
          </Show>
          <Show when={lastAway()}>
            {(away) => (
              <p role="status" class="px-4 py-2 row t2 text-small">
                <span class="flex-1 min-w-0 wrap-any">
                  {away().until === never ? 'Taken off: ' : 'Put aside for an hour: '}
                  {titleOf(away().item)}
                </span>
                <Button look="quiet" shortcut="Z" onClick={undo}>
                  Undo
                </Button>
              </p>
            )}
          </Show>
          <Show when={props.ready && shown().every(({ isGone }) => isGone)}>
            <p role="status" class="px-4 py-1 t2">
              Nothing else needs you.
            </p>
          </Show>
          <div class="px-4 py-2">{props.meanwhile}</div>
        </InboxList>
        {/* Keyed by id: drafts and scroll of one item are not those of the next. */}
        <Show when={selectedId()} keyed fallback={<Missing id={props.id} ready={props.ready} />}>
          {(id) => (
            <Show when={rows().find(({ item }) => item.id === id)}>
              {(row) => (
                <InboxDetail
                  row={row()}
                  answering={answering}
                  replyTo={replyTo()}
                  recent={props.recent}
                  query={props.query}
                  next={nextOf(id)}
                  onNext={() => {
                    const next = nextOpen(shown(), id)
                    if (next) select(next)
                  }}
                  onSnooze={() => putAway(Date.now() + hourMs)}
                  onDone={() => putAway(never)}
                  whyNotDone={whyNotDone(open())}
                  class={props.id ? '' : 'lt-md:hidden!'}
                />
              )}
            </Show>
          )}
        </Show>
      </div>
    </Show>
  )
}

/** Agents wait for these; they are answered, not tidied away. */
function whyNotDone(item: AttentionItem | undefined): string {
  if (!item) return 'Nothing is selected.'
  if (waitsForAgents(item))
    return 'Agents wait for this one. Answer it, or put it aside for an hour.'
  return ''
}

function Missing(props: { id: string | undefined; ready: boolean }): JSX.Element {
  return (
    <Show when={props.ready}>
      <div classList={{ 'lt-md:hidden!': !props.id }}>
        <Empty>
          {props.id
            ? 'This one waits no more. It was answered, or what it was about is gone.'
            : 'Nothing fits this filter.'}
        </Empty>
      </div>
    </Show>
  )
}
