import type { EventType, TaskEvent } from '#contract/event.ts'
import type { After, Wire } from './pump.ts'

/** What agents say of themselves again and again: each one takes the place of the one before, so it can wait for company. */
const isSmallTalk = (type: EventType): boolean =>
  type === 'agent.activity' || type === 'agent.usage'
/** More than this leaves at once, so that a client's share of memory has an end. */
const mostHeld = 500

export type EventSender = {
  add(event: TaskEvent): void
  /** Sends what waits. */
  flush(): void
  /** What waits is dropped: the client goes on from the last one it got. */
  close(): void
}

/**
 * Events as frames of `/ws/live`, in order. Each alone, or with `gatherMs` several in one frame: small talk waits so long at most,
 * anything else leaves with the end of the tick and takes along what waits.
 */
export function createEventSender({
  wire,
  gatherMs,
  after,
}: {
  wire: Pick<Wire, 'send'>
  gatherMs: number | undefined
  after: After
}): EventSender {
  let held: string[] = []
  let cancel: (() => void) | undefined
  let isLeaving = false
  const flush = (): void => {
    cancel?.()
    cancel = undefined
    isLeaving = false
    if (held.length === 0) return
    const events = held.join()
    held = []
    wire.send(`{"type":"events","events":[${events}]}`)
  }
  const leave = (): void => {
    if (isLeaving) return
    isLeaving = true
    // The others of its transaction come with it.
    queueMicrotask(() => isLeaving && flush())
  }
  return {
    add(event) {
      const text = toText(event)
      if (gatherMs === undefined) return wire.send(`{"type":"event","event":${text}}`)
      held.push(text)
      if (held.length >= mostHeld) flush()
      else if (!isSmallTalk(event.type)) leave()
      else cancel ??= after(gatherMs, flush)
    },
    flush,
    close() {
      cancel?.()
      held = []
    },
  }
}

const texts = new WeakMap<TaskEvent, string>()

/** The same event goes to every client, and is put into words once. */
function toText(event: TaskEvent): string {
  const known = texts.get(event)
  if (known !== undefined) return known
  const text = JSON.stringify(event)
  texts.set(event, text)
  return text
}
