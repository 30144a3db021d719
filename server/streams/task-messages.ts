import { toMessage } from '#contract/errors.ts'
import type { TeamMessage } from '#contract/event.ts'
import { type Log, silentLog } from '#lib/log.ts'
import type { EventReader } from './event-source.ts'
import { createPump, type PumpOptions, type Session, type Source, type Wire } from './pump.ts'

export type MessageReader = {
  /** The newest `limit` messages of a task, oldest of them first. */
  newest(taskId: string, limit: number): TeamMessage[]
  /** Messages with an id above `id`, oldest first. */
  after(taskId: string, id: number, limit: number): TeamMessage[]
}

export type TaskMessagesOptions = {
  wire: Wire
  taskId: string
  messages: MessageReader
  eventLog: Pick<EventReader, 'subscribe'>
  log?: Log
  pump?: Pick<PumpOptions, 'after' | 'now' | 'highWaterBytes' | 'coalesceMs'>
}

const backfillLimit = 500
const pageSize = 50

/**
 * `/ws/tasks/:id/messages`, the reference's socket: `message_backfill_start`, the newest 500 messages oldest first,
 * `message_backfill_end` (nothing when there are none), then every new one, each exactly once. Input is ignored.
 */
export function createTaskMessages(options: TaskMessagesOptions): Session {
  const { wire, taskId, messages, eventLog, log = silentLog } = options
  const pump = createPump({
    wire,
    ...options.pump,
    onFailure(error) {
      log.error('message stream failed', { task: taskId, error: toMessage(error) })
      wire.close(1011, 'internal error')
    },
  })
  const source = createMessageSource({ wire, taskId, messages })
  // The event only says that there is something new; what is new is read by id.
  const stop = eventLog.subscribe((event) => {
    if (event.type !== 'message.sent' || event.task_id !== taskId) return
    source.stir()
    pump.wake()
  })
  pump.add(source)
  return {
    receive: () => {},
    drain: pump.wake,
    close() {
      pump.close()
      stop()
    },
  }
}

function createMessageSource({
  wire,
  taskId,
  messages,
}: Pick<TaskMessagesOptions, 'wire' | 'taskId' | 'messages'>): Source & { stir(): void } {
  const send = (frame: unknown): void => wire.send(JSON.stringify(frame))
  let page = messages.newest(taskId, backfillLimit).values()
  let cursor = 0
  let state: 'new' | 'backfilling' | 'live' = 'new'
  let isStale = true

  const sendNext = (): boolean => {
    const next = page.next()
    if (next.done) return false
    if (state === 'new') {
      send({ type: 'message_backfill_start' })
      state = 'backfilling'
    }
    send({ type: 'agent_message', event: next.value.msg_type, data: next.value })
    cursor = next.value.id
    return true
  }
  const endBackfill = (): void => {
    if (state === 'backfilling') send({ type: 'message_backfill_end' })
    state = 'live'
  }

  return {
    stir() {
      isStale = true
    },
    step() {
      if (sendNext()) return 'sent'
      endBackfill()
      if (!isStale) return 'idle'
      const found = messages.after(taskId, cursor, pageSize)
      page = found.values()
      isStale = found.length === pageSize
      return sendNext() ? 'sent' : 'idle'
    },
  }
}
