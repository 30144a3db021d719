import { A, useNavigate } from '@solidjs/router'
import { createComputed, createMemo, createSignal, type JSX, on, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Key } from '../../components/key.tsx'
import { Prose } from '../../components/prose.tsx'
import { useActions } from '../../data/actions.ts'
import { listAttention } from '../../data/attention.ts'
import { isPhone } from '../../data/screen.ts'
import { titleOf } from '../../lib/attention-title.ts'
import { createFocusedItem, useAnswerKeys } from './answer-keys.ts'
import { createAnswering } from './answering.ts'
import { addressOf, Controls } from './controls.tsx'
import { PermissionText } from './permission-text.tsx'
import { type Asked, causeOf, Facts, isOfAgent } from './words.tsx'

/** Reactive: what agents of a task, or one of them, ask, permissions first; not what a planner asks, nor what becomes of a review. */
export const askedOf = (taskId: string, agentId?: string): Asked[] =>
  listAttention().filter(
    (item): item is Asked =>
      isOfAgent(item) &&
      item.task.id === taskId &&
      (agentId === undefined || item.agent?.id === agentId),
  )

/** The oldest of what agents of a task, or one agent, ask, answered where it stands; nothing when nothing is asked. */
export function AskingDock(props: {
  taskId: string
  agentId?: string
  /** Below what it is about, and on a phone in place of what else stands there. */
  isAtBottom?: boolean
  /** On a phone only what is asked, until somebody wants to answer: the page below is about something else. */
  isBrief?: boolean
}): JSX.Element {
  const items = createMemo(() => askedOf(props.taskId, props.agentId))
  const firstId = createMemo(() => items()[0]?.id)
  // The focus goes on to the next one, or to the page's heading when nothing is asked any more.
  createComputed(
    on(firstId, (id, before) => {
      const isInside = document.activeElement?.closest(`[data-dock="${CSS.escape(before ?? '')}"]`)
      if (!isInside) return
      queueMicrotask(() => {
        const next = document.querySelector<HTMLElement>(`[data-dock="${CSS.escape(id ?? '')}"]`)
        ;(next ?? document.querySelector<HTMLElement>('main h1'))?.focus()
      })
    }),
  )
  return (
    // By id: what was typed about one is not said about the next.
    <Show when={firstId()} keyed>
      {(id) => (
        <Show when={items().find((item) => item.id === id)}>
          {(item) => (
            <Dock
              item={item()}
              more={items().length - 1}
              isAtBottom={props.isAtBottom ?? false}
              isBrief={props.isBrief ?? false}
            />
          )}
        </Show>
      )}
    </Show>
  )
}

function Dock(props: {
  item: Asked
  more: number
  isAtBottom: boolean
  isBrief: boolean
}): JSX.Element {
  const navigate = useNavigate()
  const answering = createAnswering()
  const [replyTo, setReplyTo] = createSignal('', { equals: false })
  const [isOpen, setOpen] = createSignal(false)
  const isFolded = (): boolean => props.isBrief && isPhone() && !isOpen()
  let dock: HTMLElement | undefined
  const answer = (): void => {
    setOpen(true)
    dock?.focus()
  }
  const focused = createFocusedItem(() => [props.item])
  useAnswerKeys({
    ...focused,
    answering,
    reply: ({ id }) => setReplyTo(id),
    open: (item) => navigate(addressOf(item)),
  })
  useActions(() => [
    {
      id: 'asked.focus',
      label: 'Go to what an agent asks',
      group: 'Needs you',
      keys: 'p',
      words: 'allow deny permission question answer',
      run: answer,
    },
  ])
  return (
    <section
      ref={dock}
      data-attention={props.item.id}
      data-dock={props.item.id}
      tabIndex={-1}
      aria-label={titleOf(props.item)}
      onFocusIn={focused.onFocusIn}
      onFocusOut={focused.onFocusOut}
      class="flex-initial col gap-2 px-3 md:px-5 py-2.5 bg-need-tint ring-in max-h-[62vh] min-h-0"
      classList={{
        'rule-top lt-md:rounded-t-card': props.isAtBottom,
        rule: !props.isAtBottom,
      }}
    >
      <header class="flex gap-2.5 flex-none">
        <Glyph name="need" class="mt-0.5" />
        <div class="col gap-0.5 flex-1">
          <h2 class="m-0 text-body font-600 text-need wrap-any">{titleOf(props.item)}</h2>
          <span class="t2 text-small">
            <Facts item={props.item} task={props.item.task.name} />
            <Show when={props.more > 0}>
              {' '}
              ·{' '}
              <A class="link" href={`/inbox?task=${props.item.task.id}`}>
                {props.more} more
              </A>
            </Show>
          </span>
        </div>
        <Show when={isFolded()}>
          <Button aria-expanded={false} onClick={answer}>
            Answer
          </Button>
        </Show>
        <Show when={focused.item() === undefined}>
          <span class="desk t2 text-small flex items-center gap-1 self-start">
            <Key keys="p" /> answer
          </span>
        </Show>
      </header>
      <Show when={!isFolded()}>
        <div class="overflow-auto min-h-0 [&_.well]:bg-bg1">
          <Show
            when={props.item.kind === 'permission' && props.item.permission}
            fallback={<Prose text={causeOf(props.item) ?? ''} />}
          >
            {(permission) => <PermissionText permission={permission()} />}
          </Show>
        </div>
      </Show>
      <Show when={answering.of(props.item.id).error}>
        {(error) => (
          <p role="alert" class="text-fail text-small wrap-any flex-none">
            {error()}
          </p>
        )}
      </Show>
      <Show when={!isFolded()}>
        <div class="flex flex-none md:[&>div]:justify-start!">
          <Controls
            item={props.item}
            answering={answering}
            isFocused={focused.item() !== undefined}
            replyTo={replyTo()}
          />
        </div>
      </Show>
    </section>
  )
}
