import type { LiveRequest } from '#contract/socket.ts'
import { createEventSource, type EventSource } from './event-source.ts'
import type { LiveOptions, LiveParts } from './live.ts'

/** The event streams of one live connection: one over all tasks, one per task. */
export function createEventStreams({
  eventLog,
  limits,
  pump,
  send,
  refuse,
}: LiveParts & Pick<LiveOptions, 'eventLog'>): {
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
    start({ task, after, from_now: fromNow }) {
      stop(task)
      if (sources.size >= limits.eventStreams)
        return refuse({
          code: 'request.invalid',
          error: `A connection may follow ${limits.eventStreams} tasks; stop one first.`,
        })
      const ofTask = task === undefined ? {} : { task }
      const source = createEventSource({
        eventLog,
        ...(task === undefined ? {} : { taskId: task }),
        ...(fromNow ? {} : { after }),
        pump,
        onEvent: (event) => send({ type: 'event', event }),
        onLive: (last) => send({ type: 'events_live', ...ofTask, last }),
      })
      sources.set(task, source)
      pump.add(source)
    },
    stop,
    close() {
      for (const task of [...sources.keys()]) stop(task)
    },
  }
}
