/** Agents that write to each other while their server is killed: none lost, none acted on twice, the order of each sender kept. */
import { expect, test } from 'bun:test'
import { letThemTalk } from '../support/talking-agents.ts'

const [agents, messages, kills] = [4, 8, 1]

test(`${agents * messages} messages between ${agents} agents all arrive, once and in order, over ${kills} killed servers`, async () => {
  const { read, stored, killed } = await letThemTalk({ agents, messages, kills })
  expect(killed).toBe(kills)
  expect(stored).toBe(agents * messages)
  const all = [...read.values()].flat()
  expect(all).toHaveLength(agents * messages)
  expect(new Set(all).size).toBe(agents * messages)
  for (const tokens of read.values()) {
    const bySender = Map.groupBy(tokens, (token) => token.split(':')[0] ?? '')
    for (const numbers of bySender.values()) {
      const found = numbers.map((token) => Number(token.split(':')[1]))
      expect(found).toEqual(found.toSorted((a, b) => a - b))
    }
  }
}, 600_000)
