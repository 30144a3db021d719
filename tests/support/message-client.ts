/** The agents' ends of the pipes of `message-server.ts`: what they call and are told, over as many servers as it takes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Out =
  | { type: 'ready'; url: string }
  | { type: 'answer' | 'told'; to: string; id: string; text: string }
type Open = { from: string; id: string; tool: string; input: object; resolve(text: string): void }

export type MessageClient = {
  /** `w0`, `w1`, and so on. */
  names: readonly string[]
  /** The data directory of the server. */
  dir: string
  /** Calls a tool for an agent; resolves with the answer, whichever server gives it. */
  call(from: string, tool: string, input: object): Promise<string>
  /** Kills the server. Resolves when the next one is ready. */
  kill(): Promise<void>
  /** A page of the server's process that does nothing but answer. */
  url(): string
  /** Answers, and words between two steps, that came again. They are known by their ids. */
  repeated(): number
  killed(): number
  stop(): Promise<void>
}

/** Resolves when everybody is at work. `onText` has what an agent reads, each text once. */
export async function connectAgents(
  agents: number,
  onText: (to: string, text: string) => void = () => {},
): Promise<MessageClient> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-talk-'))
  const open = new Map<string, Open>()
  const seen = new Set<string>()
  const count = { repeated: 0, killed: 0 }
  let url = ''
  let ready = Promise.withResolvers<void>()
  let isOver = false
  let child = start()

  function start() {
    const program = join(import.meta.dir, 'message-server.ts')
    const cmd = [process.execPath, program, dir, String(agents)]
    const started = Bun.spawn(cmd, { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' })
    void listen(started)
    return started
  }
  async function listen(from: Bun.Subprocess<'pipe', 'pipe', 'inherit'>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of from.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      // A line that was cut off by the kill is said again.
      for (const line of lines) take(JSON.parse(line) as Out)
    }
    if (isOver) return
    count.killed += 1
    child = start()
  }
  const say = (line: object): void => {
    // What a killed server does not hear, the next one is told again.
    try {
      child.stdin.write(`${JSON.stringify(line)}\n`)
      child.stdin.flush()
    } catch {
      return
    }
  }
  const ask = ({ from, id, tool, input }: Open): void =>
    say({ type: 'call', from, id, tool, input })
  function take(line: Out): void {
    if (line.type === 'ready') {
      url = line.url
      for (const each of open.values()) ask(each)
      ready.resolve()
      return
    }
    const { to, id, text } = line
    if (seen.has(id)) count.repeated += 1
    else onText(to, text)
    seen.add(id)
    if (line.type === 'told') {
      say({ type: 'read', from: to, id })
      return
    }
    const answered = open.get(id)
    open.delete(id)
    answered?.resolve(text)
    say({ type: 'heard', from: to, id })
  }

  await ready.promise
  return {
    dir,
    names: Array.from({ length: agents }, (_, at) => `w${at}`),
    call(from, tool, input) {
      const { promise, resolve } = Promise.withResolvers<string>()
      const one = { from, id: crypto.randomUUID(), tool, input, resolve }
      open.set(one.id, one)
      ask(one)
      return promise
    },
    kill() {
      ready = Promise.withResolvers()
      child.kill('SIGKILL')
      return ready.promise
    },
    url: () => url,
    repeated: () => count.repeated,
    killed: () => count.killed,
    async stop() {
      isOver = true
      child.kill('SIGKILL')
      await child.exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
