/** Agents at the ends of a server's pipes that all write to each other, while the server is killed and started again. */
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Out =
  | { type: 'ready'; url: string }
  | { type: 'answer' | 'told'; to: string; id: string; text: string }
type Open = { id: string; tool: string; input: object; resolve: (text: string) => void }

export type Talk = {
  agents: number
  /** Each agent writes so many. */
  messages: number
  kills: number
}

export type Told = {
  /** `from:number` in the order in which each agent first read them. */
  read: Map<string, string[]>
  /** Rows of messages that the server has in the end. */
  stored: number
  /** Deliveries that the server still holds for unread: each of them costs every later message a look. */
  unread: number
  /** Answers, and words between two steps, that came again. They are known by their ids. */
  repeated: number
  killed: number
  /** From a call that sends to the answer of the one that waits, in milliseconds. */
  latencies: number[]
  /** A bare HTTP round trip to the same process in the same run. */
  roundTrips: number[]
}

/** Resolves when everybody has read what was written to it. */
export async function letThemTalk({ agents, messages, kills }: Talk): Promise<Told> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-talk-'))
  const names = Array.from({ length: agents }, (_, at) => `w${at}`)
  const open = new Map<string, Open>()
  const seen = new Set<string>()
  const sentAt = new Map<string, number>()
  const told: Told = {
    ...{
      read: new Map(),
      stored: 0,
      unread: 0,
      repeated: 0,
      killed: 0,
      latencies: [],
      roundTrips: [],
    },
  }
  const waits = new Map(names.map((name) => [name, Promise.withResolvers<void>()]))
  let url = ''
  let child = start()
  let ready = Promise.withResolvers<void>()
  let isOver = false
  let sends = 0

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
    if (!isOver) {
      told.killed += 1
      child = start()
    }
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
  const ask = (from: string, { id, tool, input }: Open): void =>
    say({ type: 'call', from, id, tool, input })
  function take(line: Out): void {
    if (line.type === 'ready') {
      url = line.url
      for (const [key, call] of open) ask(key.split('/')[0] ?? '', call)
      ready.resolve()
      return
    }
    const { to, id, text } = line
    const isNew = !seen.has(id)
    seen.add(id)
    if (!isNew) told.repeated += 1
    if (isNew) note(to, text)
    if (line.type === 'told') {
      say({ type: 'read', from: to, id })
      return
    }
    const call = open.get(`${to}/${id}`)
    open.delete(`${to}/${id}`)
    say({ type: 'heard', from: to, id })
    call?.resolve(text)
  }
  const note = (to: string, text: string): void => {
    const read = told.read.get(to) ?? []
    told.read.set(to, read)
    for (const [, token = ''] of text.matchAll(/<<(\w+:\d+)>>/g)) {
      read.push(token)
      told.latencies.push(performance.now() - (sentAt.get(token) ?? 0))
    }
    if (read.length >= expected(names.indexOf(to))) waits.get(to)?.resolve()
  }
  const call = (from: string, tool: string, input: object): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const one = { id: crypto.randomUUID(), tool, input, resolve }
    open.set(`${from}/${one.id}`, one)
    ask(from, one)
    return promise
  }
  const targetOf = (at: number, n: number): number => (at + 1 + (n % (agents - 1))) % agents
  const written = names.map(() => 0)
  for (let from = 0; from < agents; from++)
    for (let n = 0; n < messages; n++) {
      const to = targetOf(from, n)
      written[to] = (written[to] ?? 0) + 1
    }
  const expected = (at: number): number => written[at] ?? 0

  const killEvery = kills > 0 ? Math.ceil((agents * messages) / (kills + 1)) : Infinity
  const live = async (name: string, at: number): Promise<void> => {
    for (let n = 0; n < messages; n++) {
      const token = `${name}:${n}`
      sentAt.set(token, performance.now())
      await call(name, 'send_message', { to: names[targetOf(at, n)], text: `<<${token}>>` })
      sends += 1
      if (sends % killEvery === 0 && told.killed < kills) {
        ready = Promise.withResolvers()
        child.kill('SIGKILL')
        await ready.promise
      }
    }
    const isDone = (): boolean => (told.read.get(name)?.length ?? 0) >= expected(at)
    while (!isDone())
      await Promise.race([call(name, 'wait_for_messages', {}), waits.get(name)?.promise])
  }
  try {
    await ready.promise
    for (let n = 0; n < 50; n++) {
      const began = performance.now()
      await (await fetch(url)).text()
      told.roundTrips.push(performance.now() - began)
    }
    await Promise.all(names.map(live))
    using db = new Database(join(dir, 'klaudio.db'), { readonly: true })
    const count = (what: string): number =>
      db.query<{ n: number }, []>(`select count(*) as n from ${what}`).get()?.n ?? 0
    told.stored = count("messages where content like '<<%'")
    const unread = 'message_deliveries where read_at is null'
    for (let look = 0; look < 6000 && count(unread) > 0; look++) await Bun.sleep(10)
    told.unread = count(unread)
    return told
  } finally {
    isOver = true
    child.kill('SIGKILL')
    await child.exited
    rmSync(dir, { recursive: true, force: true })
  }
}
