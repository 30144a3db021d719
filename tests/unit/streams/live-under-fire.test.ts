import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { until } from '../../support/fake-viewer.ts'
import { connectLive, type LiveClient } from '../../support/live.ts'
import { openTestStreams, type TestStreams } from '../../support/streams.ts'

const agents = ['a', 'b', 'c'] as const
const agent = fc.constantFrom(...agents)
const action = fc.oneof(
  fc.record({ do: fc.constant('print' as const), agent, size: fc.nat(40_000) }),
  fc.record({ do: fc.constant('event' as const) }),
  fc.record({
    do: fc.constant('join' as const),
    agent,
    percent: fc.nat(100),
    greedy: fc.boolean(),
  }),
  fc.record({ do: fc.constant('take' as const), watcher: fc.nat(9), size: fc.nat(60_000) }),
  fc.record({ do: fc.constant('reconnect' as const), watcher: fc.nat(9) }),
  fc.record({ do: fc.constant('breathe' as const) }),
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** A person watching one agent and the task's events over any number of connections. */
type Watcher = {
  agent: string
  from: number
  greedy: boolean
  bytes: Buffer
  seqs: number[]
  client: LiveClient
}

function createScene(streams: TestStreams) {
  const task = streams.addTask('t')
  for (const id of agents) streams.addAgent(task, id)
  const truth = new Map<string, Buffer>()
  const watchers: Watcher[] = []
  let printed = 0

  const stored = (id: string): Buffer => truth.get(id) ?? Buffer.alloc(0)
  const connect = (watcher: Omit<Watcher, 'client'>): Watcher => {
    const client = connectLive(streams, {
      greedy: watcher.greedy,
      pump: { coalesceMs: 1, highWaterBytes: 20_000 },
    })
    const from = watcher.from + watcher.bytes.length
    client.ask({ type: 'output', agent: watcher.agent, from, channel: 1 })
    client.ask({ type: 'events', task, after: watcher.seqs.at(-1) ?? 0 })
    return { ...watcher, client }
  }
  /** Ends the connection: what was on its way is lost to the watcher. */
  const hangUp = ({ client, ...watcher }: Watcher): Omit<Watcher, 'client'> => {
    client.session.close()
    const events = client.viewer.texts('event')
    return {
      ...watcher,
      bytes: Buffer.concat([watcher.bytes, client.viewer.channel(1).bytes]),
      seqs: [...watcher.seqs, ...events.map((frame) => (frame.event as { seq: number }).seq)],
    }
  }

  return {
    watchers,
    async play(step: Action): Promise<void> {
      const chosen = 'watcher' in step ? step.watcher % Math.max(1, watchers.length) : 0
      const watcher = watchers[chosen]
      switch (step.do) {
        case 'print': {
          const bytes = Buffer.from(Uint8Array.from({ length: step.size }, () => printed++ % 253))
          truth.set(step.agent, Buffer.concat([stored(step.agent), bytes]))
          return streams.print(step.agent, bytes)
        }
        case 'event':
          return streams.record({ taskId: task, type: 'agent.activity' })
        case 'join': {
          const from = Math.floor((stored(step.agent).length * step.percent) / 100)
          const { agent: id, greedy } = step
          watchers.push(connect({ agent: id, from, greedy, bytes: Buffer.alloc(0), seqs: [] }))
          return
        }
        case 'take':
          if (watcher?.client.viewer.take(step.size)) watcher.client.session.drain()
          return
        case 'reconnect':
          if (watcher) watchers[chosen] = connect(hangUp(watcher))
          return
        case 'breathe':
          await new Promise((resolve) => setTimeout(resolve, 0))
      }
    },
    /** Lets the watcher take all there is, and compares it with the truth. */
    async verify(watcher: Watcher): Promise<void> {
      const { viewer, session } = watcher.client
      const wanted = stored(watcher.agent).subarray(watcher.from)
      const total = streams.events(task).length
      await until(() => {
        if (viewer.take()) session.drain()
        const bytes = watcher.bytes.length + viewer.channel(1).bytes.length
        return bytes >= wanted.length && watcher.seqs.length + viewer.texts('event').length >= total
      }, 'everything arrived')
      expect(viewer.texts('gap')).toEqual([])
      const { bytes, seqs } = hangUp(watcher)
      expect(bytes.equals(wanted)).toBe(true)
      expect(seqs).toEqual(Array.from({ length: total }, (_, n) => n + 1))
    },
  }
}

test('every viewer gets every byte and every event exactly once, whoever is slow, late or gone for a while (U2, U5, U6, U8)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
      using streams = openTestStreams({ tailBytes: 16_384, tailTotalBytes: 32_768 })
      const scene = createScene(streams)
      for (const step of actions) await scene.play(step)
      for (const watcher of scene.watchers) await scene.verify(watcher)
    }),
    { numRuns: 80 },
  )
}, 60_000)
