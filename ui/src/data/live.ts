/**
 * The one socket of this page. Reconnects by itself and goes on where it was: events after the last one seen, output from
 * the next byte wanted. Knows nothing of stores; it tells listeners.
 */
import * as v from 'valibot'
import type { TaskEvent } from '#contract/event.ts'
import {
  goodbyes,
  LiveFrame,
  type LiveRequest,
  parseOutputFrame,
  stoppingCode,
} from '#contract/socket.ts'

export type LiveState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /**
   * `since`: when the connection ended, epoch milliseconds; up to then nothing was missed. `goodbye`: the server said that it
   * ends, and what becomes of its agents.
   */
  | { kind: 'lost'; since: number; goodbye?: keyof typeof goodbyes }

export type OutputListener = {
  /** The next byte wanted; asked for again after every reconnect. */
  next(): number
  onBytes(offset: number, bytes: Uint8Array): void
  onStart?(info: { from: number; size: number }): void
  onEnd?(size: number): void
  onError?(message: string): void
}

export type Socket = {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
}

export type LiveOptions = {
  open: () => Socket
  onState: (state: LiveState) => void
  onEvent: (event: TaskEvent) => void
  onSystem: (system: Record<string, unknown>) => void
  /** After a connection on which something may have been missed. */
  onFresh: () => void
  onHello?: (hello: { version: string; instance: string }) => void
  now?: () => number
  /** Runs `work` after `ms`; returns the way to cancel. */
  after?: (ms: number, work: () => void) => () => void
}

export type Live = {
  output(agentId: string, listener: OutputListener): () => void
  /** Connects at once instead of waiting for the next try. */
  retry(): void
  close(): void
}

/** What agents say of themselves comes so often, together: it is shown once a second. */
const gatherMs = 500
const firstDelayMs = 250
const maxDelayMs = 5000

export function createLive(options: LiveOptions): Live {
  const { now = Date.now, after = setTimeoutAfter } = options
  const channels = new Map<number, { agentId: string; listener: OutputListener }>()
  let nextChannel = 1
  let lastEvent: number | undefined
  let lastInstance: string | undefined
  let socket: Socket | undefined
  let isOpen = false
  let isClosed = false
  let isLost = false
  let delayMs = firstDelayMs
  let cancelRetry: (() => void) | undefined

  const ask = (request: LiveRequest | Partial<LiveRequest>): void => {
    if (isOpen) socket?.send(JSON.stringify(request))
  }
  const askOutput = (channel: number): void => {
    const found = channels.get(channel)
    if (found) ask({ type: 'output', agent: found.agentId, from: found.listener.next(), channel })
  }

  const onHello = (frame: Extract<LiveFrame, { type: 'hello' }>): void => {
    // Another installation numbers its events anew.
    if (lastInstance !== undefined && lastInstance !== frame.instance) lastEvent = undefined
    lastInstance = frame.instance
    options.onHello?.(frame)
    if (lastEvent === undefined) {
      ask({ type: 'events', from_now: true, gather_ms: gatherMs })
      options.onFresh()
    } else ask({ type: 'events', after: lastEvent, gather_ms: gatherMs })
    for (const channel of channels.keys()) askOutput(channel)
    isLost = false
    options.onState({ kind: 'live' })
    delayMs = firstDelayMs
  }

  const onEvent = (event: TaskEvent): void => {
    if (lastEvent !== undefined && event.id <= lastEvent) return
    lastEvent = event.id
    options.onEvent(event)
  }

  const onFrame = (frame: LiveFrame): void => {
    switch (frame.type) {
      case 'hello':
        onHello(frame)
        break
      case 'event':
        onEvent(frame.event)
        break
      case 'events':
        frame.events.forEach(onEvent)
        break
      case 'events_live':
        break
      case 'system':
        options.onSystem(frame.system)
        break
      case 'output_start':
        channels.get(frame.channel)?.listener.onStart?.(frame)
        break
      case 'gap':
        askOutput(frame.channel)
        break
      case 'output_end':
        channels.get(frame.channel)?.listener.onEnd?.(frame.size)
        break
      case 'error':
        if (frame.channel !== undefined)
          channels.get(frame.channel)?.listener.onError?.(frame.error)
        break
    }
  }

  const onBytes = (data: ArrayBuffer): void => {
    const frame = parseOutputFrame(new Uint8Array(data))
    const found = frame && channels.get(frame.channel)
    if (!found) return
    // A hole is never shown: what is missing is asked for again, what came early is thrown away.
    if (frame.offset > found.listener.next()) askOutput(frame.channel)
    else found.listener.onBytes(frame.offset, frame.bytes)
  }

  const connect = (): void => {
    cancelRetry?.()
    cancelRetry = undefined
    const mine = options.open()
    socket = mine
    mine.onopen = () => {
      isOpen = true
    }
    mine.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) return onBytes(data)
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), LiveFrame), data)
      // A newer server may have frames that this page does not know yet.
      if (parsed.success) onFrame(parsed.output)
    }
    mine.onclose = (event) => {
      if (socket !== mine || isClosed) return
      if (!isLost) options.onState({ kind: 'lost', since: now(), ...toGoodbye(event) })
      isLost = true
      isOpen = false
      socket = undefined
      cancelRetry = after(delayMs, connect)
      delayMs = Math.min(delayMs * 2, maxDelayMs)
    }
  }

  connect()
  return {
    output(agentId, listener) {
      const channel = nextChannel++
      channels.set(channel, { agentId, listener })
      askOutput(channel)
      return () => {
        if (channels.delete(channel)) ask({ type: 'output_stop', channel })
      }
    },
    retry() {
      if (cancelRetry) connect()
    },
    close() {
      isClosed = true
      cancelRetry?.()
      socket?.close()
    },
  }
}

function toGoodbye({ code, reason }: { code: number; reason: string }): {
  goodbye?: keyof typeof goodbyes
} {
  if (code !== stoppingCode) return {}
  return { goodbye: reason === goodbyes.pause ? 'pause' : 'leave' }
}

function setTimeoutAfter(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}
