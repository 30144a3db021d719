/**
 * One container's gate: frames in order, acknowledged, sent again after a broken connection and never acted on twice.
 * Only one client per container may exist at a time: two writers would interleave.
 */
import type { Attachment, Engine } from '#docker/engine.ts'
import type { Clock } from '#lib/clock.ts'
import { encodeFrame, type Frame, type GateLine, parseGateLine, whereAreYou } from './frames.ts'
import { isAway, type Retry } from './retry.ts'

/** `code`: a script's exit code, or the gate's word for a frame it cannot do. */
export type FrameResult = { ok: true } | { ok: false; code: string }

/** Thrown to whoever waits for a frame when the container is not running any more, or the client was closed. */
export class GateClosed extends Error {
  constructor() {
    super('the container does not run any more')
    this.name = 'GateClosed'
  }
}

export type GateClient = {
  /** Resolves with each frame's result, in order. Rejects with `GateClosed`, or when the engine stays away. */
  send(frames: Frame[]): Promise<FrameResult[]>
  /** Whether the CLI had been started when the client came to a running container. */
  readonly wasRunning: boolean
  /** Resolves when the container does not run any more or the engine stays away; never rejects. */
  readonly closed: Promise<void>
  /** Drops the connection; the container goes on. */
  close(): void
}

export type GateOptions = {
  engine: Pick<Engine, 'attach' | 'inspectContainer'>
  containerId: string
  retry: Retry
  clock: Pick<Clock, 'sleep'>
  /** Signs that are no answer to a frame: a full disk. */
  onNotice?: (line: GateLine) => void
}

/** Between two looks at a container that is paused. */
const pausedMs = 500

type Waiting = {
  seq: number
  bytes: Uint8Array
  resolve: (result: FrameResult) => void
  reject: (error: unknown) => void
}

/** Connects to a container that was created and not started yet: its gate will count from 1. */
export async function openNewGate(options: GateOptions): Promise<GateClient> {
  const link = new GateLink(options)
  link.start(await options.engine.attach(options.containerId))
  return link
}

/** Connects to a container whose gate may have taken frames before. Throws `GateClosed` when it does not run any more. */
export async function reopenGate(options: GateOptions): Promise<GateClient> {
  const link = new GateLink(options)
  await link.resume()
  return link
}

class GateLink implements GateClient {
  wasRunning = false
  readonly closed: Promise<void>
  readonly #options: GateOptions
  readonly #abort = new AbortController()
  readonly #settleClosed: () => void
  readonly #waiting: Waiting[] = []
  /** How many of the waiting frames were written to the present connection. */
  #written = 0
  #last = 0
  #attachment: Attachment | undefined
  /** Whether we know which frames the gate has, so that more may be sent. */
  #isInStep = false
  #isWriting = false
  #onInStep: () => void = () => {}

  constructor(options: GateOptions) {
    this.#options = options
    const closed = Promise.withResolvers<void>()
    this.closed = closed.promise
    this.#settleClosed = closed.resolve
  }

  start(attachment: Attachment): void {
    this.#attachment = attachment
    this.#isInStep = true
    void this.#live(attachment)
  }

  async resume(): Promise<void> {
    const inStep = Promise.withResolvers<void>()
    this.#onInStep = inStep.resolve
    void this.#live(undefined)
    await Promise.race([
      inStep.promise,
      this.closed.then(() => {
        throw this.#abort.signal.reason
      }),
    ])
  }

  send(frames: Frame[]): Promise<FrameResult[]> {
    if (this.#abort.signal.aborted) return Promise.reject(this.#abort.signal.reason)
    const results = frames.map((frame) => {
      this.#last += 1
      const seq = this.#last
      const bytes = encodeFrame(seq, frame)
      return new Promise<FrameResult>((resolve, reject) => {
        this.#waiting.push({ seq, bytes, resolve, reject })
      })
    })
    void this.#write()
    return Promise.all(results)
  }

  close(): void {
    this.#end(new GateClosed())
  }

  /** Reads until the connection ends, then connects again as long as the container runs. */
  async #live(first: Attachment | undefined): Promise<void> {
    try {
      for (
        let attachment = first ?? (await this.#reconnect());
        attachment;
        attachment = await this.#reconnect()
      ) {
        await this.#read(attachment)
        attachment.close()
        this.#attachment = undefined
        this.#isInStep = false
      }
      this.#end(new GateClosed())
    } catch (error) {
      this.#end(error)
    }
  }

  /** Undefined when the container has ended. */
  async #reconnect(): Promise<Attachment | undefined> {
    const { engine, containerId, retry, clock } = this.#options
    const { signal } = this.#abort
    return await retry(async () => {
      let state = await engine.inspectContainer(containerId)
      // The engine lets nobody attach to a paused container.
      while (state?.status === 'paused') {
        await clock.sleep(pausedMs, signal)
        state = await engine.inspectContainer(containerId)
      }
      if (state?.status !== 'running') return undefined
      const attachment = await engine.attach(containerId)
      if (signal.aborted) attachment.close()
      signal.throwIfAborted()
      this.#attachment = attachment
      await attachment.write(whereAreYou)
      return attachment
    }, signal)
  }

  async #read(attachment: Attachment): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const chunk of attachment.stdout) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) this.#take(line)
      }
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }

  #take(text: string): void {
    const line = parseGateLine(text)
    if (!line) return
    if (line.type === 'ok' || line.type === 'dup') this.#settle(line.seq, { ok: true })
    else if (line.type === 'fail') this.#settle(line.seq, { ok: false, code: line.code })
    else if (line.type === 'at') this.#catchUp(line)
    else if (line.type === 'low-disk' || line.type === 'disk-ok') this.#options.onNotice?.(line)
  }

  #settle(seq: number, result: FrameResult): void {
    const at = this.#waiting.findIndex((frame) => frame.seq === seq)
    const [frame] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (!frame) return
    if (at < this.#written) this.#written -= 1
    frame.resolve(result)
  }

  /** Frames up to `seq` were taken, and the failed ones among them named just before; the others are sent again. */
  #catchUp({ seq, running }: Extract<GateLine, { type: 'at' }>): void {
    if (this.#isInStep) return
    for (const frame of this.#waiting.filter((waiting) => waiting.seq <= seq))
      this.#settle(frame.seq, { ok: true })
    this.#last = Math.max(this.#last, seq)
    this.#written = 0
    this.#isInStep = true
    this.wasRunning = running
    this.#onInStep()
    void this.#write()
  }

  /** One write at a time. What goes to a broken connection is sent again on the next. */
  async #write(): Promise<void> {
    if (this.#isWriting) return
    this.#isWriting = true
    try {
      for (;;) {
        const attachment = this.#isInStep ? this.#attachment : undefined
        const frame = this.#waiting[this.#written]
        if (!attachment || !frame) return
        this.#written += 1
        await attachment.write(frame.bytes).catch(unlessAway)
      }
    } catch (error) {
      this.#end(error)
    } finally {
      this.#isWriting = false
    }
  }

  #end(reason: unknown): void {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(reason)
    this.#attachment?.close()
    this.#attachment = undefined
    for (const frame of this.#waiting.splice(0)) frame.reject(reason)
    this.#written = 0
    this.#settleClosed()
  }
}

function unlessAway(error: unknown): void {
  if (!isAway(error)) throw error
}
