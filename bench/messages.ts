/**
 * How long one message takes: from the moment an agent calls `send_message` until another that waits in `wait_for_messages` has its answer
 * on its pipe, through a real server process and its database, one message at a time. Against a bare HTTP round trip to the same process,
 * made right before each message. `AGENTS` (default 20, all at work), `MESSAGES` (default 300).
 */
import { connectAgents } from '../tests/support/message-client.ts'
import { percentile, printDifference, printRatio } from './lib.ts'

const agents = Number(process.env.AGENTS ?? 20)
const messages = Number(process.env.MESSAGES ?? 300)
/** The first are slower, on both sides: nothing is compiled yet. */
const warmUps = 30

const ours: number[] = []
const sends: number[] = []
const baseline: number[] = []
const server = await connectAgents(agents)
try {
  for (let n = 0; n < warmUps + messages; n++) {
    const from = `w${n % agents}`
    const to = `w${(n + 1) % agents}`
    const text = `<<${n}>>`
    const heard = server.call(to, 'wait_for_messages', {})
    // Its call is written down once a later one is answered; what came of both is done once another page is.
    await server.call(from, 'team_state', {})
    await roundTrip()
    const { ms: bare } = await timed(roundTrip)
    const [send, wait] = await Promise.all([
      timed(() => server.call(from, 'send_message', { to, text })),
      timed(() => heard),
    ])
    if (!wait.value.includes(text)) throw new Error(`${to} was told: ${wait.value}`)
    if (n < warmUps) continue
    baseline.push(bare)
    sends.push(send.ms)
    ours.push(wait.ms)
  }
} finally {
  await server.stop()
}

async function roundTrip(): Promise<void> {
  await (await fetch(server.url())).text()
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const began = performance.now()
  const value = await work()
  return { ms: performance.now() - began, value }
}

const compared = { baseline, unit: 'ms' }
const name = `a message among ${agents} agents, from its sending until it is heard`
printRatio({ name, ours, ...compared })
printDifference({ name: 'the same', ours, ...compared })
printRatio({ name: 'until its sender is answered', ours: sends, ...compared })
const [p90, p99] = [percentile(ours, 0.9), percentile(ours, 0.99)]
console.log(`    heard: p90 ${p90.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
