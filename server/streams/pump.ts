/**
 * Sends to one client what its sources hold, in turns and only as fast as the client takes it. A source keeps a cursor
 * into something stored and is asked for one piece at a time, so a slow client costs its own buffer and nothing else.
 */
export type Pump = {
  add(source: Source): void
  remove(source: Source): void
  /** Something is there to send: starts after the current tick, which may bring more of it. */
  wake(): void
  /** The same, but at most once per `coalesceMs`: what comes in between leaves together. */
  wakeSoon(): void
  /** True while the client has not taken what it was sent; `wake` when it has. */
  isCongested(): boolean
  close(): void
}

/** `unfinished`: sent, and the next piece must come from the same source too. */
export type Step = 'idle' | 'sent' | 'unfinished'

export type Source = {
  /** Sends the next piece, at most one frame or one page. */
  step(): Step | Promise<Step>
}

/** One client's connection, as far as this folder knows it. */
export type Wire = {
  /** Takes its own copy of bytes before it returns: their memory is used again. */
  send(frame: string | Uint8Array): void
  /** Bytes handed to `send` that have not left the process. When it falls, the session's `drain` is called. */
  bufferedAmount(): number
  /** Ends the connection, with a WebSocket close code and reason. */
  close(code: number, reason: string): void
}

/** One client's side of a socket, driven by whoever owns the connection. */
export type Session = {
  receive(message: string | Uint8Array): void
  drain(): void
  close(): void
}

/** Runs `work` after `ms`; returns the way to call it off. */
export type After = (ms: number, work: () => void) => () => void

export type PumpOptions = {
  wire: Pick<Wire, 'bufferedAmount'>
  highWaterBytes?: number
  coalesceMs?: number
  after?: After
  /** Milliseconds of a clock that never steps back. */
  now?: () => number
  /** A source threw: a bug, or a disk that fails. The pump is closed. */
  onFailure: (error: unknown) => void
}

/** How long one client may keep the event loop before the others get their turn. */
const sliceMs = 8

export function createPump(options: PumpOptions): Pump {
  const { wire, highWaterBytes = 256 * 1024, coalesceMs = 16, onFailure } = options
  const { after = afterTimeout, now = () => performance.now() } = options
  const circle = createCircle()
  const timer = createTimer(after)
  let state: 'resting' | 'busy' | 'closed' = 'resting'
  let lastSentAt = Number.NEGATIVE_INFINITY

  const isCongested = (): boolean => wire.bufferedAmount() > highWaterBytes
  const close = (): void => {
    state = 'closed'
    timer.cancel()
  }
  const took = (step: Step): void => {
    if (step !== 'idle') lastSentAt = now()
    circle.took(step)
  }
  /** Steps until nothing is left or the client is full (true), or until it has to go on later (false). */
  const isDone = (): boolean => {
    const until = now() + sliceMs
    while (state !== 'closed' && !circle.isIdle() && !isCongested()) {
      const result = now() > until ? undefined : circle.current().step()
      if (typeof result === 'string') {
        took(result)
        continue
      }
      if (result) result.then(resume, fail)
      else timer.set(0, run)
      return false
    }
    return true
  }
  const run = (): void => {
    try {
      if (isDone() && state !== 'closed') state = 'resting'
    } catch (error) {
      fail(error)
    }
  }
  const resume = (step: Step): void => {
    took(step)
    run()
  }
  const fail = (error: unknown): void => {
    if (state === 'closed') return
    close()
    onFailure(error)
  }
  const wake = (): void => {
    circle.stir()
    if (state !== 'resting') return
    state = 'busy'
    timer.cancel()
    queueMicrotask(run)
  }
  const wakeSoon = (): void => {
    circle.stir()
    const waitMs = lastSentAt + coalesceMs - now()
    if (waitMs <= 0) wake()
    else if (state === 'resting' && !timer.isSet()) timer.set(waitMs, wake)
  }
  const add = (source: Source): void => {
    circle.add(source)
    wake()
  }
  return { add, remove: circle.remove, wake, wakeSoon, isCongested, close }
}

/** Sources in turns. Idle once each of them in a row had nothing to send, until stirred. */
function createCircle(): {
  add(source: Source): void
  remove(source: Source): void
  current(): Source
  took(step: Step): void
  stir(): void
  isIdle(): boolean
} {
  const sources: Source[] = []
  let turn = 0
  let idleInARow = 0
  return {
    add: (source) => void sources.push(source),
    remove(source) {
      const at = sources.indexOf(source)
      if (at < 0) return
      sources.splice(at, 1)
      idleInARow = 0
      if (at < turn) turn -= 1
      if (turn >= sources.length) turn = 0
    },
    current() {
      const source = sources[turn]
      if (!source) throw new Error('no source has the turn')
      return source
    },
    took(step) {
      idleInARow = step === 'idle' ? idleInARow + 1 : 0
      if (step !== 'unfinished') turn = sources.length === 0 ? 0 : (turn + 1) % sources.length
    },
    stir() {
      idleInARow = 0
    },
    isIdle: () => idleInARow >= sources.length,
  }
}

function createTimer(after: After): {
  set(ms: number, work: () => void): void
  isSet(): boolean
  cancel(): void
} {
  let cancelCurrent: (() => void) | undefined
  const cancel = (): void => {
    cancelCurrent?.()
    cancelCurrent = undefined
  }
  return {
    set(ms, work) {
      cancel()
      cancelCurrent = after(ms, () => {
        cancelCurrent = undefined
        work()
      })
    },
    isSet: () => cancelCurrent !== undefined,
    cancel,
  }
}

export function afterTimeout(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}
