/** One client at a terminal: what it types goes in, what is printed comes out as fast as the client takes it. */
import * as v from 'valibot'
import { AppError, toMessage } from '#contract/errors.ts'
import { type ShellEnd, ShellRequest, type TerminalSize } from '#contract/socket.ts'
import type { Log } from '#lib/log.ts'
import type { Session, Wire } from './pump.ts'

export type Terminal = {
  output: AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  resize(size: TerminalSize): Promise<void>
  exitCode(): Promise<number>
  close(): void
}

const highWaterBytes = 256 * 1024
/** Typed, and not taken by the terminal: nobody types that much. */
const mostTyped = 1024 * 1024

export function createTaskShell({
  wire,
  open,
  log,
}: {
  wire: Wire
  open: () => Promise<Terminal>
  log: Log
}): Session {
  let isOver = false
  let typed = 0
  let drained = Promise.withResolvers<void>()
  const opening = open()
  let last: Promise<unknown> = opening

  const end = (frame: ShellEnd, code: number): void => {
    if (isOver) return
    wire.send(JSON.stringify(frame))
    wire.close(code, frame.type === 'exit' ? 'the shell has ended' : 'the shell was refused')
  }
  const fail = (error: unknown): void => {
    if (!(error instanceof AppError)) log.error('shell failed', { error: toMessage(error) })
    const known = error instanceof AppError ? error : new AppError('internal', 'Internal error.')
    end({ type: 'error', error: known.message, code: known.code }, 1008)
  }
  /** One after the other, in the order they came. */
  const next = (work: (terminal: Terminal) => Promise<void>): void => {
    last = last.then(() => opening).then((terminal) => (isOver ? undefined : work(terminal)))
    last.catch(fail)
  }
  const show = async (): Promise<void> => {
    const terminal = await opening
    if (isOver) return
    for await (const bytes of terminal.output) {
      while (!isOver && wire.bufferedAmount() > highWaterBytes) await drained.promise
      if (isOver) return
      wire.send(bytes)
    }
    end({ type: 'exit', code: await terminal.exitCode() }, 1000)
  }
  show().catch(fail)

  return {
    receive(message) {
      if (typeof message === 'string') {
        const asked = v.safeParse(v.pipe(v.string(), v.parseJson(), ShellRequest), message)
        if (asked.success) next((terminal) => terminal.resize(asked.output))
        return
      }
      // The memory of a frame is used again for the next one.
      const bytes = message.slice()
      typed += bytes.length
      if (typed > mostTyped) return wire.close(1009, 'more was typed than the shell takes')
      next(async (terminal) => {
        await terminal.write(bytes)
        typed -= bytes.length
      })
    },
    drain() {
      drained.resolve()
      drained = Promise.withResolvers()
    },
    close() {
      isOver = true
      drained.resolve()
      opening.then(
        (terminal) => terminal.close(),
        () => {},
      )
    },
  }
}
