import { A, useNavigate } from '@solidjs/router'
import { createComputed, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Key } from '../../components/key.tsx'
import { storageTrouble } from '../../data/storage.ts'
import { titleOf } from '../../lib/attention-title.ts'
import { createFocusedItem, useAnswerKeys } from './answer-keys.ts'
import { type Answering, createAnswering } from './answering.ts'
import { addressOf, Controls } from './controls.tsx'
import { PermissionText } from './permission-text.tsx'
import { StorageNotice } from './storage-notice.tsx'
import { causeOf, Facts, glyphOf } from './words.tsx'

const maxShown = 6

/** What waits for a person, answered where it stands. */
export function AttentionList(props: {
  items: readonly AttentionItem[]
  /** So many more are open. */
  unlisted: number
  working: number
}): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  const shown = (): readonly AttentionItem[] =>
    isWhole() ? props.items : props.items.slice(0, maxShown)
  const byId = createMemo(() => new Map(props.items.map((item) => [item.id, item])))
  const ids = createMemo(() => shown().map(({ id }) => id))
  let list: HTMLUListElement | undefined
  const navigate = useNavigate()
  const answering = createAnswering()
  const [replyTo, setReplyTo] = createSignal('', { equals: false })
  const focused = createFocusedItem(() => props.items)
  useAnswerKeys({
    ...focused,
    answering,
    reply: ({ id }) => setReplyTo(id),
    open: (item) => navigate(addressOf(item)),
  })
  // The focus stays in the list when the answered row goes.
  createComputed(
    on(ids, (next, before = []) => {
      const row = document.activeElement?.closest('[data-attention]')
      const gone = row?.getAttribute('data-attention')
      if (!gone || next.includes(gone)) return
      const heir = next[Math.min(before.indexOf(gone), next.length - 1)]
      queueMicrotask(() =>
        list?.querySelector<HTMLElement>(`[data-attention="${CSS.escape(heir ?? '')}"]`)?.focus(),
      )
    }),
  )
  return (
    <section aria-label="Needs you">
      <div class="row px-0.5 pb-2">
        <h2 class="h-part">Needs you</h2>
        <Show when={props.items.length > 0}>
          <span class="count count-need">{props.items.length + props.unlisted}</span>
          <span class="flex-1" />
          <span class="t3 text-small row gap-1 desk">
            <Key keys="j" />
            <Key keys="k" /> move
          </span>
        </Show>
      </div>
      <StorageNotice />
      <Show
        when={props.items.length > 0}
        fallback={
          storageTrouble() ? undefined : (
            <p class="card px-4 py-3 t2">
              Nothing needs you.
              <Show when={props.working > 0}>
                {' '}
                {props.working === 1
                  ? '1 agent is working.'
                  : `${props.working} agents are working.`}
              </Show>
            </p>
          )
        }
      >
        <ul
          ref={list}
          class="card overflow-hidden"
          onFocusIn={focused.onFocusIn}
          onFocusOut={focused.onFocusOut}
        >
          {/* By id: a row that is renewed keeps its focus and what was written in it. */}
          <For each={ids()}>
            {(id) => (
              <Show when={byId().get(id)}>
                {(item) => (
                  <AttentionRow
                    item={item()}
                    answering={answering}
                    isFocused={focused.item()?.id === id}
                    replyTo={replyTo()}
                  />
                )}
              </Show>
            )}
          </For>
          <Show when={props.unlisted > 0 && isWhole()}>
            <li class="rule-top">
              <A href="/inbox" class="px-4 h-11 md:h-9 t2 flex items-center hover:bg-bg2">
                {props.unlisted} more in the inbox
              </A>
            </li>
          </Show>
          <Show when={props.items.length > shown().length}>
            <li class="rule-top">
              <button
                type="button"
                class="w-full px-4 h-11 md:h-9 t2 text-start hover:bg-bg2"
                onClick={() => setWhole(true)}
              >
                Show all {props.items.length}
              </button>
            </li>
          </Show>
        </ul>
      </Show>
    </section>
  )
}

function AttentionRow(props: {
  item: AttentionItem
  answering: Answering
  isFocused: boolean
  replyTo: string
}): JSX.Element {
  const error = (): string => props.answering.of(props.item.id).error
  return (
    <li
      data-attention={props.item.id}
      tabIndex={-1}
      aria-label={titleOf(props.item)}
      class="grid grid-cols-[20px_minmax(0,1fr)] md:grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5 rule-top first:border-t-0 ring-in"
      classList={{
        'bg-need-tint': props.isFocused && glyphOf(props.item) === 'need',
        'bg-bg2': props.isFocused && glyphOf(props.item) !== 'need',
      }}
    >
      <Glyph name={glyphOf(props.item)} class="mt-0.5" />
      <div class="col gap-1">
        <A
          href={`/inbox/${props.item.id}`}
          class="font-500 wrap-any hover:underline lt-md:py-[11px] lt-md:-my-[11px]"
        >
          {titleOf(props.item)}
        </A>
        <Show when={props.item.kind === 'permission' && props.item.permission}>
          {(permission) => <PermissionText permission={permission()} />}
        </Show>
        <Show when={causeOf(props.item)}>
          {(cause) => <span class="t2 wrap-any">{cause()}</span>}
        </Show>
        <span class="t3 text-small">
          <Facts
            item={props.item}
            task={
              <A class="hover:underline" href={`/tasks/${props.item.task.id}`}>
                {props.item.task.name}
              </A>
            }
          />
        </span>
        <Show when={error()}>
          <p role="alert" class="text-fail text-small">
            {error()}
          </p>
        </Show>
      </div>
      <div
        class="lt-md:col-start-2 lt-md:mt-2 flex"
        classList={{
          // Below what is asked, which may be long and is read first.
          'md:col-start-2 md:mt-2 md:[&>div]:justify-start!': props.item.kind === 'permission',
          'md:items-center md:max-w-[520px]': props.item.kind !== 'permission',
        }}
      >
        <Controls
          item={props.item}
          answering={props.answering}
          isFocused={props.isFocused}
          replyTo={props.replyTo}
        />
      </div>
    </li>
  )
}
