import * as v from 'valibot'
import { type ErrorCode, toMessage } from '#contract/errors.ts'
import { type LiveFrame, LiveRequest } from '#contract/socket.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { type Log, silentLog } from '#lib/log.ts'
import type { EventReader } from './event-source.ts'
import { createChannels } from './live-channels.ts'
import { createEventStreams } from './live-events.ts'
import type { OutputReader } from './output-source.ts'
import { createPump, type Pump, type PumpOptions, type Session, type Wire } from './pump.ts'

/** What the installation is doing, as a whole object each time. */
export type SystemFeed = {
  current(): Record<string, unknown>
  /** Called when it changed. Returns the way to stop. */
  subscribe(listener: () => void): () => void
}

export type LiveOptions = {
  wire: Wire
  eventLog: EventReader
  outputs: OutputReader
  /** `ended` means its output is complete in the store, or never existed. */
  agentOf: (agentId: string) => { taskId: string; ended: boolean } | undefined
  system: SystemFeed
  instance: string
  version: string
  clock: Pick<Clock, 'now'>
  log?: Log
  /**
   * A viewer that was live and fell further behind is told `gap` and goes on at the live end: what it missed is in the
   * file, it may ask for it. Catching up with history is never cut short.
   */
  maxLagBytes?: number
  limits?: { messageBytes: number; channels: number; eventStreams: number }
  pump?: Pick<PumpOptions, 'after' | 'now' | 'highWaterBytes' | 'coalesceMs'>
}

const defaultLimits = { messageBytes: 64 * 1024, channels: 256, eventStreams: 64 }

export type Refusal = { code: ErrorCode; error: string; channel?: number }

/** What the parts of a session share. */
export type LiveParts = {
  limits: { channels: number; eventStreams: number }
  pump: Pump
  send: (frame: LiveFrame) => void
  refuse: (refusal: Refusal) => void
}

/**
 * The protocol of `/ws/live` for one client (`contract/socket.ts`). Greets at once; every later frame goes out only
 * as fast as the client takes it. Never throws for what a client sends.
 */
export function createLiveSession(options: LiveOptions): Session {
  const { wire, system, clock, log = silentLog, limits = defaultLimits } = options
  const send = (frame: LiveFrame): void => wire.send(JSON.stringify(frame))
  const refuse = ({ code, error, channel }: Refusal): void =>
    send({ type: 'error', code, error, ...(channel === undefined ? {} : { channel }) })
  const pump = createPump({
    wire,
    ...options.pump,
    onFailure(error) {
      log.error('live session failed', { error: toMessage(error) })
      refuse({ code: 'internal', error: 'The stored output or events could not be read.' })
      wire.close(1011, 'internal error')
    },
  })
  const channels = createChannels({ ...options, limits, pump, send, refuse })
  const events = createEventStreams({
    ...{ ...options, limits, pump, send, refuse },
    after: options.pump?.after,
  })
  const stopSystem = followSystem({ system, pump, send })

  const dispatch = (request: LiveRequest): void => {
    switch (request.type) {
      case 'events':
        events.start(request)
        break
      case 'events_stop':
        events.stop(request.task)
        break
      case 'output':
        channels.start(request)
        break
      case 'output_stop':
        channels.stop(request.channel)
        break
    }
  }

  send({
    type: 'hello',
    instance: options.instance,
    version: options.version,
    now: toIso(clock.now()),
  })
  return {
    receive(message) {
      const request = parseRequest(message, limits.messageBytes)
      if ('error' in request) refuse(request)
      else dispatch(request)
    },
    drain: pump.wake,
    close() {
      pump.close()
      stopSystem()
      events.close()
      channels.close()
    },
  }
}

function parseRequest(message: string | Uint8Array, messageBytes: number): LiveRequest | Refusal {
  if (typeof message !== 'string')
    return { code: 'request.invalid', error: 'Send JSON in text frames; binary is not understood.' }
  if (message.length > messageBytes)
    return { code: 'request.too-large', error: `A message may have ${messageBytes} characters.` }
  const parsed = v.safeParse(LiveRequest, parseJson(message))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  return {
    code: 'request.invalid',
    error: `Not a request of this socket: ${path ? `${path}: ` : ''}${issue.message}`,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The newest state is all that counts, so changes a slow client did not take are replaced, not queued. */
function followSystem({
  system,
  pump,
  send,
}: Pick<LiveParts, 'pump' | 'send'> & { system: SystemFeed }): () => void {
  let changed = true
  const stop = system.subscribe(() => {
    changed = true
    pump.wake()
  })
  pump.add({
    step() {
      if (!changed) return 'idle'
      changed = false
      send({ type: 'system', system: system.current() })
      return 'sent'
    },
  })
  return stop
}
