import { describe, expect, test } from 'bun:test'
import type { TeamMessage } from '#contract/event.ts'
import { layoutTalk, nodeSize, overlap, tagSize } from '../../ui/src/lib/messages/graph-layout.ts'
import {
  addTalk,
  byCount,
  noTalk,
  type Pair,
  pairKey,
  pairWords,
  readTalk,
} from '../../ui/src/lib/messages/pairs.ts'
import {
  createAddressing,
  receiverWord,
  rolesOf,
  toChoice,
  toReceiver,
} from '../../ui/src/lib/messages/receivers.ts'

const say = (id: number, from: string, to: readonly string[], minute = id): TeamMessage => ({
  ...{ id, task_id: 't1', from_subtask_id: from, msg_type: 'message', content: 'Hello.' },
  deliveries: to.map((each) => ({ to: each, state: 'read' as const })),
  created_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
})

describe('who talks to whom', () => {
  test('both directions of a pair are one, with the time of its last message', () => {
    const { pairs } = addTalk(noTalk, [say(1, 'manager', ['store']), say(2, 'store', ['manager'])])
    expect([...pairs.values()]).toEqual([
      {
        ...{ key: pairKey('store', 'manager'), a: 'manager', b: 'store' },
        ...{ there: 1, back: 1, lastAt: Date.UTC(2026, 0, 1, 0, 2) },
      },
    ])
  })

  test('a message to several counts for each, one by address once, and none to its sender', () => {
    const addressed = { ...say(2, 'user', ['store']), to_subtask_id: 'store' }
    const { pairs } = addTalk(noTalk, [say(1, 'user', ['user', 'store', 'cover']), addressed])
    expect(byCount(pairs.values()).map(({ b, there }) => [b, there])).toEqual([
      ['store', 2],
      ['cover', 1],
    ])
  })

  test('what nobody in particular hears is no talk', () => {
    expect(addTalk(noTalk, [say(1, 'store', [])]).pairs.size).toBe(0)
  })

  test('is read to its end page by page, and read again counts only what is new', async () => {
    const messages = Array.from({ length: 2300 }, (_, index) => say(index + 1, 'a', ['b'], 1))
    const read = async ({ limit, after = 0 }: { limit: number; after?: number | undefined }) =>
      messages.slice(after, after + limit)
    const talk = await readTalk(read, noTalk)
    expect(talk.pairs.get('a b')?.there).toBe(2300)
    messages.push(say(2301, 'b', ['a']))
    const pair = (await readTalk(read, talk)).pairs.get('a b')
    expect(pair && pairWords(pair, (name) => name)).toBe('a to b: 2300, back: 1')
    expect(addTalk(talk, messages.slice(0, 10))).toEqual(talk)
  })
})

describe('the drawing of a talk', () => {
  const team = (count: number) => Array.from({ length: count }, (_, index) => `part-${index}`)
  const pair = (a: string, b: string): Pair => ({
    ...{ key: pairKey(a, b), a, b },
    ...{ there: 1, back: 0, lastAt: 1 },
  })

  test.each([2, 3, 7, 12, 20])('%i names stand apart, and inside the drawing', (count) => {
    const { nodes, width, height } = layoutTalk(team(count), [])
    for (const [index, node] of nodes.entries()) {
      expect(node.x - nodeSize.width / 2).toBeGreaterThanOrEqual(0)
      expect(node.x + nodeSize.width / 2).toBeLessThanOrEqual(width)
      expect(node.y - nodeSize.height / 2).toBeGreaterThanOrEqual(0)
      expect(node.y + nodeSize.height / 2).toBeLessThanOrEqual(height)
      for (const other of nodes.slice(index + 1))
        expect(overlap(node, nodeSize, other, nodeSize)).toBe(0)
    }
  })

  test('when each of six talks to each, every count can be pressed', () => {
    const names = team(6)
    const pairs = names.flatMap((a, at) => names.slice(at + 1).map((b) => pair(a, b)))
    const { edges } = layoutTalk(names, pairs)
    expect(edges).toHaveLength(15)
    for (const [index, { tag }] of edges.entries())
      for (const other of edges.slice(index + 1))
        expect(overlap(tag, tagSize, other.tag, tagSize)).toBe(0)
  })

  test('a pair whose names are not shown is left out', () => {
    expect(layoutTalk(['a'], [pair('a', 'gone')]).edges).toEqual([])
  })
})

describe('to whom a person writes', () => {
  const roles = rolesOf([
    { id: 'store', agent_role: 'developer' },
    { id: 'cover', agent_role: 'tester' },
    { id: 'limits', agent_role: 'developer' },
    { id: 'odd' },
  ])
  const team = ['manager', 'store', 'cover', 'limits', 'odd']

  test.each([
    [undefined, 'everybody'],
    ['manager', 'Manager'],
    ['role:developer', 'every developer'],
    ['role:gone', 'everybody'],
    ['gone', 'everybody'],
  ])('%s', (choice, words) => {
    const receiver = toReceiver(choice, { team, roles })
    expect(receiverWord(receiver)).toBe(words)
    expect(toReceiver(toChoice(receiver), { team, roles })).toEqual(receiver)
  })

  test('a role is one message for each of it, and sent again they keep their ids', () => {
    let last = 0
    const addressing = createAddressing(() => `id-${++last}`)
    const send = () => addressing.address({ kind: 'role', role: 'developer' }, 'Hurry.', roles)
    const first = send()
    expect(first).toEqual([
      { to: 'store', id: 'id-1' },
      { to: 'limits', id: 'id-2' },
    ])
    expect(send()).toEqual(first)
    addressing.done()
    expect(send().map(({ id }) => id)).toEqual(['id-3', 'id-4'])
  })
})
