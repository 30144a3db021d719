import type { TaskEvent } from '#contract/event.ts'
import type { EventLog } from './event-log.ts'
import type { Pump, Source, Step } from './pump.ts'

export type EventReader = Pick<EventLog, 'list' | 'subscribe'>

export type EventSource = Source & { close(): void }

export type EventSourceOptions = {
  eventLog: EventReader
  /** Absent: the events of every task, ordered by `id` instead of `seq`. */
  taskId?: string
  /** Last one the client has; absent: only what happens from now on. */
  after?: number
  pump: Pick<Pump, 'wake' | 'isCongested'>
  onEvent: (event: TaskEvent) => void
  /** Everything stored was sent, up to `last`. Called once. */
  onLive?: (last: number) => void
}

const pageSize = 100

/**
 * Events for one client: stored ones page by page, then live ones. The last page and going live are one synchronous
 * step, so none falls between and none comes twice. A client that does not take them is put back on pages.
 */
export function createEventSource(options: EventSourceOptions): EventSource {
  const { eventLog, taskId, pump } = options
  const positionOf = (event: TaskEvent): number => (taskId === undefined ? event.id : event.seq)
  let cursor = options.after
  let isLive = cursor === undefined
  let announced = false

  const pass = (event: TaskEvent): void => {
    options.onEvent(event)
    cursor = positionOf(event)
  }
  const stop = eventLog.subscribe((event) => {
    if (taskId !== undefined && event.task_id !== taskId) return
    const position = positionOf(event)
    if (!isLive || position <= (cursor ?? 0)) return
    if (pump.isCongested()) {
      cursor ??= position - 1
      isLive = false
      pump.wake()
      return
    }
    pass(event)
  })
  const goLive = (after: number): Step => {
    isLive = true
    if (announced || !options.onLive) return 'idle'
    announced = true
    options.onLive(after)
    return 'sent'
  }

  return {
    close: stop,
    step() {
      if (isLive || cursor === undefined) return 'idle'
      const page = eventLog.list({
        ...(taskId === undefined ? {} : { taskId }),
        after: cursor,
        limit: pageSize,
      })
      for (const event of page) {
        pass(event)
        if (pump.isCongested()) return 'sent'
      }
      return page.length < pageSize ? goLive(cursor) : 'sent'
    },
  }
}
