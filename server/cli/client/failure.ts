import { type ExitCode, exitCodes } from '#cli/exit-codes.ts'

/** Ends a command: a sentence for stderr and the code to end with. */
export class Failure extends Error {
  readonly exitCode: ExitCode
  /** The API's own code, or one of the client's. */
  readonly code: string
  /** Further lines that belong to the sentence. */
  readonly lines: readonly string[]

  constructor(
    exitCode: ExitCode,
    message: string,
    options: { code?: string; lines?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.exitCode = exitCode
    this.code = options.code ?? 'client'
    this.lines = options.lines ?? []
  }
}

export const usage = (message: string, lines: readonly string[] = []): Failure =>
  new Failure(exitCodes.usage, message, { code: 'usage', lines })
