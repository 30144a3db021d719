/** A command of the program against a server, without a process of its own: what it writes is kept. */
import { Readable } from 'node:stream'
import { parseArguments } from '#cli/arguments.ts'
import { runClient } from '#cli/client/run.ts'
import type { Ended } from './klaudio.ts'

type Person = {
  stdin?: string /** What a person at the terminal says to a question. */
  says?: string
  cwd?: string
}

export async function runInside(
  server: string,
  args: readonly string[],
  { stdin = '', says, cwd = '/' }: Person = {},
): Promise<Ended & { asked: string[] }> {
  const command = parseArguments(args)
  if (command.name !== 'client') throw new Error(`no command of a client: ${args.join(' ')}`)
  const written: string[] = []
  const noted: string[] = []
  const asked: string[] = []
  const code = await runClient(command, {
    ...{ env: { KLAUDIO_SERVER: server }, cwd, signal: new AbortController().signal },
    stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY: false }) as never,
    write: async (text) => void written.push(String(text)),
    note: (line) => void noted.push(line),
    ...{ isTerminal: false, canAsk: says !== undefined, columns: undefined, colours: false },
    async ask(question) {
      asked.push(question)
      return says
    },
    close() {},
    now: Date.now,
  })
  return { code, stdout: written.join(''), stderr: noted.join('\n'), asked }
}
