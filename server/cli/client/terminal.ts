import type { Interface } from 'node:readline'

/** Where a command reads and writes. Made from the process once; tests make their own. */
export type Terminal = {
  env: Record<string, string | undefined>
  cwd: string
  stdin: NodeJS.ReadStream
  /** Writes to stdout as it is. Resolves when it was taken. Rejects with `Closed` when nobody reads any more. */
  write(text: string | Uint8Array): Promise<void>
  /** One line on stderr: what is not the result. */
  note(line: string): void
  /** Stdout is a terminal. */
  isTerminal: boolean
  /** A person can be asked: they see what is written and can type. */
  canAsk: boolean
  /** Asks and returns the line; undefined when it was given up (Ctrl-D, or `signal`). */
  ask(question: string, signal?: AbortSignal): Promise<string | undefined>
  /** Gives the terminal back as it was. */
  close(): void
  /** Undefined when lines may be as long as they are. */
  columns: number | undefined
  colours: boolean
  now(): number
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

/** The reader of our output is gone, as in `klaudio task list | head`: no failure of ours. */
export class Closed extends Error {}

export type Streams = {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  options: {
    env: Record<string, string | undefined>
    cwd: string
    signal: AbortSignal
    /** Called at Ctrl-C while a question is asked: then the terminal sends no signal. */
    interrupt: () => void
  },
): Terminal {
  const isTerminal = stdout.isTTY === true
  const keyboard = createKeyboard({ stdin, stdout }, options.interrupt)
  const { env } = options
  let isClosed = false
  stdout.on('error', () => {
    isClosed = true
  })
  return {
    ...options,
    stdin,
    isTerminal,
    canAsk: stdin.isTTY === true && isTerminal,
    columns: isTerminal ? Math.max(40, stdout.columns || 80) : undefined,
    colours: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    now: Date.now,
    write: (text) =>
      new Promise((resolve, reject) => {
        if (isClosed) reject(new Closed())
        else stdout.write(text, (error) => (error ? reject(new Closed()) : resolve()))
      }),
    note: (line) => void stderr.write(`${line}\n`),
    ask: keyboard.ask,
    close: keyboard.close,
  }
}

/**
 * Lines that a person types. One reader for all questions: a second one on the same terminal hears nothing. Once there is one,
 * Ctrl-C is a key like others and no signal.
 */
function createKeyboard(
  { stdin, stdout }: Pick<Streams, 'stdin' | 'stdout'>,
  interrupt: () => void,
): Pick<Terminal, 'ask' | 'close'> {
  let lines: Interface | undefined
  const open = async (): Promise<Interface> => {
    const { createInterface } = await import('node:readline')
    const opened = createInterface({ input: stdin, output: stdout })
    opened.on('SIGINT', interrupt)
    opened.on('close', () => {
      lines = undefined
    })
    return opened
  }
  return {
    async ask(question, signal) {
      lines ??= await open()
      const reader = lines
      const { promise, resolve } = Promise.withResolvers<string | undefined>()
      const giveUp = (): void => resolve(undefined)
      reader.once('line', resolve)
      reader.once('close', giveUp)
      signal?.addEventListener('abort', giveUp, { once: true })
      try {
        if (signal?.aborted) return undefined
        reader.setPrompt(question)
        reader.prompt()
        return await promise
      } finally {
        reader.off('line', resolve)
        reader.off('close', giveUp)
        signal?.removeEventListener('abort', giveUp)
      }
    },
    close: () => lines?.close(),
  }
}
