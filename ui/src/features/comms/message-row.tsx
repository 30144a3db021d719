import { A } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import type { MessageKind, TeamMessage } from '#contract/event.ts'
import { Button } from '../../components/button.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Prose } from '../../components/prose.tsx'
import {
  deliveryWords,
  kindOf,
  kindWords,
  type Progress,
  progressOf,
  receiverOf,
  senderOf,
  type WordOf,
} from '../../lib/messages/words.ts'
import { formatClock, formatExact } from '../../lib/time.ts'

const icons: Record<MessageKind, IconName> = {
  message: 'message',
  directive: 'todo',
  report: 'file',
  signal: 'health',
}
const progressIcons: Record<Progress, IconName> = { waiting: 'clock', sent: 'send', read: 'check' }

/** What is longer is folded. */
const foldLines = 14
const foldChars = 1400
const isLong = (text: string): boolean =>
  text.length > foldChars || text.split('\n', foldLines + 1).length > foldLines

type Props = {
  message: TeamMessage
  wordOf: WordOf
  isSelected: boolean
  href: string
  /** Whether the reader opened it; kept by the list, as rows come and go. */
  isOpen: boolean
  onOpen: () => void
}

/** Signals of the server are thin lines, so that what people and agents say stands out. */
export function MessageRow(props: Props): JSX.Element {
  const kind = (): MessageKind => kindOf(props.message)
  const isSignal = (): boolean => kind() === 'signal'
  const at = (): number => Date.parse(props.message.created_at)
  const isFolded = (): boolean => isLong(props.message.content) && !props.isOpen
  return (
    <article
      class="grid grid-cols-[18px_minmax(0,1fr)] gap-x-2 px-4 md:px-5"
      classList={{
        'py-1.5': isSignal(),
        'py-2.5': !isSignal(),
        'bg-bg2 shadow-[inset_2px_0_0_var(--tx1)]': props.isSelected,
      }}
    >
      <Icon name={icons[kind()]} class="t3 mt-0.5 lt-md:mt-3.5" />
      <div class="col gap-1 min-w-0">
        <div class="relative flex flex-wrap items-center gap-x-2.5 gap-y-0.5 min-w-0 lt-md:pt-3 lt-md:min-h-11 lt-md:content-start">
          <p class="min-w-0 wrap-any">
            <Sender message={props.message} wordOf={props.wordOf} />
            <span class="t3"> to </span>
            <span class="font-500">{receiverOf(props.message, props.wordOf)}</span>
          </p>
          <Show when={kind() !== 'message'}>
            <span class="t2 text-small">{kindWords[kind()].one}</span>
          </Show>
          <Delivery message={props.message} wordOf={props.wordOf} />
          <a
            href={props.href}
            data-row
            aria-current={props.isSelected ? 'true' : undefined}
            title={formatExact(at())}
            class="t3 text-small whitespace-nowrap link after:absolute after:inset-0 after:content-['']"
          >
            {formatClock(at(), { seconds: true })}
          </a>
        </div>
        <div
          classList={{ 't2 text-small': isSignal(), 'overflow-hidden max-h-[260px]': isFolded() }}
        >
          <Words message={props.message} />
        </div>
        <Show when={isLong(props.message.content)}>
          <Button
            small
            look="quiet"
            class="self-start -ml-2.5"
            aria-expanded={props.isOpen}
            onClick={() => props.onOpen()}
          >
            {props.isOpen ? 'Show less' : 'Show all of it'}
          </Button>
        </Show>
      </div>
    </article>
  )
}

/** An agent's words are set like everywhere; those of people and of the server stand as they are. */
function Words(props: { message: TeamMessage }): JSX.Element {
  const isPlain = (): boolean =>
    props.message.msg_type === 'system' || props.message.from_agent_id === undefined
  return (
    <Show when={isPlain()} fallback={<Prose text={props.message.content} />}>
      <p class="whitespace-pre-wrap wrap-any max-w-[72ch]">
        {props.message.content || 'Without words.'}
      </p>
    </Show>
  )
}

function Sender(props: { message: TeamMessage; wordOf: WordOf }): JSX.Element {
  return (
    <Show
      when={props.message.from_agent_id}
      fallback={<span class="font-600">{senderOf(props.message, props.wordOf)}</span>}
    >
      {(agent) => (
        <A
          class="font-600 link relative z-1"
          href={`/tasks/${encodeURIComponent(props.message.task_id)}/agents/${encodeURIComponent(agent())}`}
        >
          {senderOf(props.message, props.wordOf)}
        </A>
      )}
    </Show>
  )
}

function Delivery(props: { message: TeamMessage; wordOf: WordOf }): JSX.Element {
  return (
    <Show when={deliveryWords(props.message, props.wordOf)}>
      {(words) => (
        <span class="t3 text-small flex items-center gap-1 min-w-0">
          <Show when={progressOf(props.message)}>
            {(progress) => <Icon name={progressIcons[progress()]} class="w-3.5! h-3.5!" />}
          </Show>
          <span class="wrap-any">{words()}</span>
        </span>
      )}
    </Show>
  )
}

/** Which rows the reader has opened. */
export function createOpened(): { has(id: number): boolean; toggle(id: number): void } {
  const [opened, setOpened] = createSignal<ReadonlySet<number>>(new Set())
  return {
    has: (id) => opened().has(id),
    toggle(id) {
      const next = new Set(opened())
      if (!next.delete(id)) next.add(id)
      setOpened(next)
    },
  }
}
