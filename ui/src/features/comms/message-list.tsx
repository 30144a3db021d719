import { createEffect, createMemo, createSignal, type JSX, on, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Empty, PartError, Skeleton } from '../../components/part.tsx'
import { type VirtualHandle, VirtualList } from '../../components/virtual-list.tsx'
import { createListKeys } from '../../data/keys.ts'
import type { MessageWindow } from '../../lib/messages/window.ts'
import type { WordOf } from '../../lib/messages/words.ts'
import type { Address } from './address.ts'
import { createOpened, MessageRow } from './message-row.tsx'
import { createThread, type Thread } from './thread.ts'

/** What was said, oldest first; the newest stays in sight for who stands at the end. */
export function MessageList(props: { task: Task; address: Address; wordOf: WordOf }): JSX.Element {
  const [handle, setHandle] = createSignal<VirtualHandle>()
  const thread = createThread({
    taskId: props.task.id,
    filter: createMemo(() => ({
      kind: props.address.kind(),
      name: props.address.agent(),
      other: props.address.other(),
      search: props.address.search(),
    })),
    selected: () => props.address.message(),
    onScreen() {
      const { first, last } = handle()?.edges() ?? {}
      return first === undefined || last === undefined
        ? undefined
        : { first: Number(first), last: Number(last) }
    },
  })
  createListKeys('[data-row]')
  return (
    <Show
      when={thread.known()}
      fallback={
        <div class="flex-1 min-h-0">
          <Show when={thread.error()} fallback={<Skeleton rows={6} height={76} />}>
            {(message) => <PartError message={message()} onRetry={() => void thread.open()} />}
          </Show>
        </div>
      }
    >
      {(now) => (
        <>
          <Show when={thread.error()}>
            {(message) => <PartError message={message()} onRetry={thread.newer} />}
          </Show>
          <Show
            when={now().messages.length > 0}
            fallback={<Nothing task={props.task} address={props.address} />}
          >
            <Rows
              known={now()}
              thread={thread}
              address={props.address}
              wordOf={props.wordOf}
              handle={handle()}
              onHandle={setHandle}
            />
          </Show>
        </>
      )}
    </Show>
  )
}

function Nothing(props: { task: Task; address: Address }): JSX.Element {
  const clear = (): void => props.address.set({ q: '', kind: '', agent: '', and: '', message: '' })
  return (
    <div class="flex-1 min-h-0">
      <Show
        when={!props.address.isFiltered()}
        fallback={
          <Empty action={<Button onClick={clear}>Show everything</Button>}>
            Nothing of this kind was said.
          </Empty>
        }
      >
        <Empty>
          {props.task.mode === 'sequential'
            ? "Agents don't need to talk in a sequential team. Messages you send show up here."
            : 'Nobody has said anything yet. What the team says to each other, and what you say to it, shows up here.'}
        </Empty>
      </Show>
    </div>
  )
}

function Rows(props: {
  known: MessageWindow
  thread: Thread
  address: Address
  wordOf: WordOf
  handle: VirtualHandle | undefined
  onHandle: (handle: VirtualHandle) => void
}): JSX.Element {
  const opened = createOpened()
  const [isFollowing, setFollowing] = createSignal(props.address.message() === undefined)
  const [seen, setSeen] = createSignal(props.known.messages.at(-1)?.id ?? 0)
  const newest = (): number => props.known.messages.at(-1)?.id ?? 0
  const byId = createMemo(
    () => new Map(props.known.messages.map((message) => [String(message.id), message])),
  )
  const ids = createMemo(() => [...byId().keys()])
  const unseen = createMemo(() => props.known.messages.filter(({ id }) => id > seen()).length)
  createEffect(() => isFollowing() && setSeen(newest()))
  createEffect(
    on([() => props.address.message(), () => props.handle], ([id]) => {
      if (id === undefined) return
      setFollowing(false)
      queueMicrotask(() => props.handle?.reveal(String(id), 'center'))
    }),
  )
  const toEnd = (): void => {
    setFollowing(true)
    props.handle?.toEnd()
  }
  return (
    <div class="relative flex-1 min-h-0 col">
      <VirtualList
        class="flex-1 min-h-0 bg-bg1"
        label="What was said, oldest first"
        ids={ids()}
        estimate={84}
        isFollowing={isFollowing()}
        onFollow={(follows) => setFollowing(follows && !props.known.hasNewer)}
        onNearStart={props.thread.older}
        onNearEnd={() => props.known.hasNewer && props.thread.newer()}
        onScrolled={props.thread.renew}
        ref={props.onHandle}
        before={
          <Show when={!props.known.hasOlder}>
            <p class="t3 text-small px-4 md:px-5 py-2">This is where it begins.</p>
          </Show>
        }
      >
        {(id) => (
          <Show when={byId().get(id)}>
            {(message) => (
              <MessageRow
                message={message()}
                wordOf={props.wordOf}
                isSelected={message().id === props.address.message()}
                href={props.address.hrefOf(message().id)}
                isOpen={opened.has(message().id)}
                onOpen={() => opened.toggle(message().id)}
              />
            )}
          </Show>
        )}
      </VirtualList>
      <Show when={!isFollowing() && unseen() > 0}>
        <Button
          small
          class="absolute bottom-2 left-1/2 -translate-x-1/2 z-sticky shadow-float"
          onClick={toEnd}
        >
          {unseen()} new ↓
        </Button>
      </Show>
    </div>
  )
}
