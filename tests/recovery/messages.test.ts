/** Agents that write to each other while their server is killed: none lost, none acted on twice, the order of each sender kept. */
import { expect, test } from 'bun:test'
import { letThemTalk } from '../support/talking-agents.ts'

/** The long form is part of `npm run crash`. */
const isLong = process.env.LONG_TALK !== undefined
const [agents, messages, kills] = isLong ? [20, 500, 10] : [4, 8, 1]

test(`${agents * messages} messages between ${agents} agents all arrive, once and in order, over ${kills} killed servers`, async () => {
  const { read, stored, unread, killed, repeated } = await letThemTalk({ agents, messages, kills })
  if (isLong) console.log(`${stored} stored, ${killed} killed servers, ${repeated} said again`)
  expect(killed).toBe(kills)
  expect(stored).toBe(agents * messages)
  expect(unread).toBe(0)
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
}, 3_600_000)
