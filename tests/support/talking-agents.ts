/** Agents at the ends of a server's pipes that all write to each other, while the server is killed and started again. */
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { connectAgents } from './message-client.ts'

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
  /** Answers, and words between two steps, that came again. */
  repeated: number
  killed: number
}

/** Resolves when everybody has read what was written to it. */
export async function letThemTalk({ agents, messages, kills }: Talk): Promise<Told> {
  const read = new Map<string, string[]>()
  const readOf = (to: string): string[] => {
    const known = read.get(to) ?? []
    read.set(to, known)
    return known
  }
  const targetOf = (at: number, n: number): number => (at + 1 + (n % (agents - 1))) % agents
  const written = Array.from({ length: agents }, () => 0)
  for (let from = 0; from < agents; from++)
    for (let n = 0; n < messages; n++) {
      const to = targetOf(from, n)
      written[to] = (written[to] ?? 0) + 1
    }
  const waits = written.map(() => Promise.withResolvers<void>())
  const hasRead = (at: number): boolean => readOf(`w${at}`).length >= (written[at] ?? 0)

  const server = await connectAgents(agents, (to, text) => {
    for (const [, token = ''] of text.matchAll(/<<(\w+:\d+)>>/g)) readOf(to).push(token)
    const at = server.names.indexOf(to)
    if (hasRead(at)) waits[at]?.resolve()
  })
  const { names, call } = server
  const killEvery = kills > 0 ? Math.ceil((agents * messages) / (kills + 1)) : Infinity
  let sends = 0
  let begunKills = 0
  const live = async (name: string, at: number): Promise<void> => {
    for (let n = 0; n < messages; n++) {
      const to = names[targetOf(at, n)]
      await call(name, 'send_message', { to, text: `<<${name}:${n}>>` })
      sends += 1
      if (sends % killEvery !== 0 || begunKills >= kills) continue
      begunKills += 1
      await server.kill()
    }
    while (!hasRead(at))
      await Promise.race([call(name, 'wait_for_messages', {}), waits[at]?.promise])
  }
  try {
    await Promise.all(names.map(live))
    using db = new Database(join(server.dir, 'klaudio.db'), { readonly: true })
    const count = (what: string): number =>
      db.query<{ n: number }, []>(`select count(*) as n from ${what}`).get()?.n ?? 0
    const stored = count("messages where content like '<<%'")
    const unread = 'message_deliveries where read_at is null'
    for (let look = 0; look < 6000 && count(unread) > 0; look++) await Bun.sleep(10)
    const [killed, repeated] = [server.killed(), server.repeated()]
    return { read, stored, unread: count(unread), repeated, killed }
  } finally {
    await server.stop()
  }
}
