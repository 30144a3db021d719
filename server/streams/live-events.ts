import type { LiveRequest } from '#contract/socket.ts'
import { createEventSender } from './event-sender.ts'
import { createEventSource, type EventSource } from './event-source.ts'
import type { LiveOptions, LiveParts } from './live.ts'
import { type After, afterTimeout } from './pump.ts'

/** The event streams of one live connection: one over all tasks, one per task. */
export function createEventStreams({
  eventLog,
  limits,
  pump,
  wire,
  after: delay = afterTimeout,
  send,
  refuse,
}: LiveParts & Pick<LiveOptions, 'eventLog' | 'wire'> & { after?: After | undefined }): {
  start(request: Extract<LiveRequest, { type: 'events' }>): void
  stop(task: string | undefined): void
  close(): void
} {
  // The stream over all tasks has the key undefined.
  const sources = new Map<string | undefined, EventSource>()
  const stop = (task: string | undefined): void => {
    const source = sources.get(task)
    if (!source) return
    sources.delete(task)
    pump.remove(source)
    source.close()
  }
  return {
    start({ task, after, from_now: fromNow, gather_ms: gatherMs }) {
      stop(task)
      if (sources.size >= limits.eventStreams)
        return refuse({
          code: 'request.invalid',
          error: `A connection may follow ${limits.eventStreams} tasks; stop one first.`,
        })
      const ofTask = task === undefined ? {} : { task }
      const sender = createEventSender({ wire, gatherMs, after: delay })
      const source = createEventSource({
        eventLog,
        ...(task === undefined ? {} : { taskId: task }),
        ...(fromNow ? {} : { after }),
        pump,
        onEvent: sender.add,
        onLive(last) {
          sender.flush()
          send({ type: 'events_live', ...ofTask, last })
        },
      })
      const own = {
        step: source.step,
        close() {
          source.close()
          sender.close()
        },
      }
      sources.set(task, own)
      pump.add(own)
    },
    stop,
    close() {
      for (const task of [...sources.keys()]) stop(task)
    },
  }
}
