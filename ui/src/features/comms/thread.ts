/** The part of a team's talk that is on the page: read as far as somebody looks, and kept up to date by events. */
import { type Accessor, createEffect, createSignal, on } from 'solid-js'
import { toApiError } from '../../data/api.ts'
import { lastHeard } from '../../data/heard.ts'
import { readMessages } from '../../data/messages-api.ts'
import { liveState } from '../../data/store.ts'
import {
  addNewer,
  addOlder,
  type MessageFilter,
  type MessageRead,
  type MessageWindow,
  openMessages,
  renew,
} from '../../lib/messages/window.ts'
import { createSoon } from './soon.ts'

/** So often at most, however much happens. */
const readOnMs = 500
/** How far messages have come is asked about the ones on the screen, after something happened. */
const renewMs = 1500

export type Thread = {
  known: Accessor<MessageWindow | undefined>
  error: Accessor<string | undefined>
  open(): Promise<void>
  older(): void
  newer(): void
  /** Shows soon how far those on the screen have come. */
  renew(): void
}

export function createThread(options: {
  taskId: string
  filter: Accessor<MessageFilter>
  /** The message that must be among them. */
  selected: Accessor<number | undefined>
  /** Ids at the edges of the screen. */
  onScreen: () => { first: number; last: number } | undefined
}): Thread {
  const { taskId, filter, selected } = options
  const [known, setKnown] = createSignal<MessageWindow>()
  const [error, setError] = createSignal<string>()
  let turn = 0
  let isReading = false
  const read: MessageRead = (query) => readMessages(taskId, { ...filter(), ...query })

  /** One at a time: two at once would leave a hole or bring something twice. False when another one is under way. */
  const grow = async (work: (now: MessageWindow) => Promise<MessageWindow>): Promise<boolean> => {
    const before = known()
    if (isReading || !before) return false
    isReading = true
    const mine = turn
    try {
      const after = await work(before)
      if (mine !== turn) return true
      setKnown(after)
      setError(undefined)
    } catch (cause) {
      if (mine === turn) setError(toApiError(cause).message)
    } finally {
      isReading = false
    }
    return true
  }
  const open = async (): Promise<void> => {
    const mine = ++turn
    setError(undefined)
    setKnown(undefined)
    try {
      const first = await openMessages(read, selected())
      if (mine === turn) setKnown(first)
    } catch (cause) {
      if (mine === turn) setError(toApiError(cause).message)
    }
  }
  createEffect(on(filter, () => void open()))
  createEffect(
    on(
      selected,
      (id) => {
        if (id !== undefined && !known()?.messages.some((message) => message.id === id)) void open()
      },
      { defer: true },
    ),
  )
  const newer = (now: MessageWindow): Promise<MessageWindow> => addNewer(read, now)
  const soon = createSoon(readOnMs, () =>
    grow((now) => (now.hasNewer ? Promise.resolve(now) : newer(now))),
  )
  const renewSoon = createSoon(renewMs, () =>
    grow((now) => {
      const between = options.onScreen()
      return between ? renew(read, now, between) : Promise.resolve(now)
    }),
  )
  createEffect(
    on(
      () => lastHeard(taskId),
      (heard) => {
        if (heard?.type === 'message.sent') soon()
        if (heard) renewSoon()
      },
      { defer: true },
    ),
  )
  // What was said while the server was away, or before the page heard of anything.
  createEffect(() => liveState().kind === 'live' && soon())
  return {
    known,
    error,
    open,
    older: () => void grow((now) => addOlder(read, now)),
    newer: () => void grow(newer),
    renew: renewSoon,
  }
}
