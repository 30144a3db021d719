import { describe, expect, test } from 'bun:test'
import type { TeamMessage } from '#contract/event.ts'
import { whenAgentReads, whenRead } from '../../ui/src/lib/messages/when-read.ts'
import {
  addNewer,
  addOlder,
  type MessageRead,
  openMessages,
  pageSize,
  renew,
} from '../../ui/src/lib/messages/window.ts'
import {
  deliveryWords,
  kindOf,
  progressOf,
  receiverOf,
  senderOf,
  unfence,
} from '../../ui/src/lib/messages/words.ts'

const say = (change: Partial<TeamMessage> = {}): TeamMessage => ({
  id: 1,
  task_id: 't1',
  from_subtask_id: 'words',
  msg_type: 'message',
  content: 'Hello.',
  created_at: '2026-01-01T00:00:00.000Z',
  ...change,
})

/** A server with `count` messages, that can be given more, and counts how often it is asked. */
function talk(count: number): {
  messages: TeamMessage[]
  read: MessageRead
  asked: () => number
} {
  const messages = Array.from({ length: count }, (_, index) => say({ id: index + 1 }))
  let asked = 0
  const read: MessageRead = async ({ limit, after, before }) => {
    asked++
    const found = messages.filter(
      ({ id }) => id > (after ?? 0) && id < (before ?? Number.POSITIVE_INFINITY),
    )
    return after === undefined ? found.slice(-limit) : found.slice(0, limit)
  }
  return { messages, read, asked: () => asked }
}
const idsOf = ({ messages }: { messages: readonly TeamMessage[] }): number[] =>
  messages.map(({ id }) => id)
const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('what a team said, on the page', () => {
  test('begins with the newest, and comes to the first without a hole', async () => {
    const { read } = talk(2 * pageSize + 50)
    let known = await openMessages(read)
    expect(idsOf(known)).toEqual(upTo(pageSize + 51, 2 * pageSize + 50))
    while (known.hasOlder) known = await addOlder(read, known)
    expect(idsOf(known)).toEqual(upTo(1, 2 * pageSize + 50))
    expect(known.hasNewer).toBe(false)
  })

  test('begins around the message of a link, and grows to both ends', async () => {
    const { read } = talk(4 * pageSize)
    let known = await openMessages(read, 2 * pageSize)
    expect(idsOf(known)).toContain(2 * pageSize)
    while (known.hasOlder) known = await addOlder(read, known)
    while (known.hasNewer) known = await addNewer(read, known)
    expect(idsOf(known)).toEqual(upTo(1, 4 * pageSize))
  })

  test('what is said later comes at the end, once', async () => {
    const server = talk(3)
    const first = await openMessages(server.read)
    server.messages.push(say({ id: 4 }))
    const known = await addNewer(server.read, await addNewer(server.read, first))
    expect(idsOf(known)).toEqual([1, 2, 3, 4])
  })

  test('the first message of an empty talk comes in, too', async () => {
    const server = talk(0)
    const empty = await openMessages(server.read)
    server.messages.push(say({ id: 9 }))
    expect(idsOf(await addNewer(server.read, empty))).toEqual([9])
  })

  test('how far the ones on the screen have come is read once more, and only theirs', async () => {
    const server = talk(3)
    for (const message of server.messages) message.deliveries = [{ to: 'cover', state: 'waiting' }]
    const known = await openMessages(server.read)
    for (const [index, message] of server.messages.entries())
      server.messages[index] = { ...message, deliveries: [{ to: 'cover', state: 'read' }] }
    const after = await renew(server.read, known, { first: 2, last: 3 })
    expect(after.messages.map(progressOf)).toEqual(['waiting', 'read', 'read'])
    const asked = server.asked()
    await renew(server.read, after, { first: 2, last: 3 })
    expect(server.asked()).toBe(asked)
  })
})

describe('who said what to whom', () => {
  test.each([
    ['a person', say({ from_subtask_id: 'user' }), 'You', 'everybody'],
    [
      'the server',
      say({ from_subtask_id: 'orchestrator', to_subtask_id: 'manager', msg_type: 'system' }),
      'Klaudio',
      'Manager',
    ],
    ['an agent', say({ to_subtask_id: 'cover' }), 'words', 'cover'],
    [
      'a person to all, when only one is left',
      say({ from_subtask_id: 'user', deliveries: [{ to: 'cover', state: 'read' }] }),
      'You',
      'everybody',
    ],
    [
      'an agent to those of a role',
      say({
        from_agent_id: 'a1',
        deliveries: ['manager', 'cover'].map((to) => ({ to, state: 'read' as const })),
      }),
      'words',
      'Manager, cover',
    ],
  ])('%s', (_, message, from, to) => {
    expect([senderOf(message), receiverOf(message)]).toEqual([from, to])
  })

  test('directives, reports and signals are told apart from messages', () => {
    const types = ['message', 'directive', 'context', 'summary', 'system'] as const
    expect(types.map((type) => kindOf(say({ msg_type: type })))).toEqual([
      'message',
      'directive',
      'report',
      'report',
      'signal',
    ])
  })
})

test('what an agent is told is shown as it was written, with its sender', () => {
  const fenced = (head: string, text: string, fence = '```') =>
    `${head}:\n\n${fence}\n${text}\n${fence}`
  expect(unfence(fenced('Message from user', 'Mind\nthe gap.'))).toEqual({
    from: 'You',
    text: 'Mind\nthe gap.',
  })
  expect(unfence(fenced('Message from a person', '```js```', '````'))).toEqual({
    from: 'You',
    text: '```js```',
  })
  expect(unfence(fenced('Message from store', 'x')).from).toBe('store')
  expect(unfence(fenced('Directive of your manager', 'x')).from).toBe('Manager')
  expect(unfence(fenced('Signal of the server', 'x')).from).toBe('Klaudio')
  expect(unfence('Message from store: x')).toEqual({ from: 'You', text: 'Message from store: x' })
})

describe('how far a message has come', () => {
  const to = (...states: ('waiting' | 'sent' | 'read')[]): TeamMessage =>
    say({
      from_agent_id: 'a1',
      deliveries: states.map((state, index) => ({ to: `part-${index + 1}`, state })),
    })

  test.each([
    [to('waiting'), 'Stored, not delivered yet'],
    [to('sent'), 'On its way'],
    [to('read'), 'Read'],
    [{ ...to('sent'), from_agent_id: undefined }, 'On its way to part-1'],
    [to('read', 'read'), 'Read by all 2'],
    [to('read', 'sent', 'waiting'), 'Read by 1 of 3; on its way to part-2; stored for part-3'],
    [
      to('waiting', 'waiting', 'waiting', 'waiting', 'waiting'),
      'Read by 0 of 5; stored for part-1, part-2, part-3 and 2 more',
    ],
    [say(), 'Nobody was there; read by whoever starts later'],
    [say({ to_agent_id: 'a1', msg_type: 'directive' }), 'Part of its next prompt'],
    [say({ msg_type: 'context' }), undefined],
  ])('case %#', (message, words) => {
    expect(deliveryWords(message)).toBe(words)
  })

  test('the one who is least far decides the sign', () => {
    expect(progressOf(to('read', 'sent'))).toBe('sent')
    expect(progressOf(to('read', 'waiting', 'sent'))).toBe('waiting')
    expect(progressOf(say())).toBeUndefined()
  })
})

describe('when it would be read', () => {
  const worker = {
    kind: 'worker',
    subtask_id: 'cover',
    status: 'running',
    phase: 'working',
  } as const

  test.each([
    ['it works', worker, 'Read at the next tool call'],
    ['it waits', { ...worker, phase: 'idle' as const }, 'Read at once'],
    [
      'it asks',
      { ...worker, phase: 'awaiting_permission' as const },
      'Read after the permission is answered',
    ],
    ['it waits for a slot', { ...worker, status: 'queued' as const }, 'Read when it starts'],
    [
      'it has ended',
      { ...worker, status: 'completed' as const },
      'cover has ended; read if it is sent back to work',
    ],
  ])('%s', (_, agent, words) => {
    expect(whenRead([agent], 'cover')).toBe(words)
  })

  test('the newest agent of a name counts, and one that never was starts later', () => {
    expect(whenRead([{ ...worker, status: 'failed' }, worker], 'cover')).toBe(
      'Read at the next tool call',
    )
    expect(whenRead([], 'binding')).toBe('Read when it starts')
  })
})

describe('when one agent reads what is sent to it', () => {
  const at = (phase: 'working' | 'awaiting_permission' | 'idle' | 'collecting' | 'stopping') =>
    whenAgentReads({ status: 'running', phase })

  test('an agent that is being stopped or saved takes no message, and the field says so', () => {
    expect(at('stopping')).toEqual({
      words: 'It is being stopped and reads nothing more',
      isTaken: false,
    })
    expect(at('collecting').isTaken).toBe(false)
  })

  test('every other takes one, and the field says when it is read', () => {
    expect(at('working').words).toBe('Read at the next tool call')
    expect(at('idle')).toEqual({ words: 'Read with its next turn', isTaken: true })
    expect(at('awaiting_permission').words).toBe('Read after the permission is answered')
    const asked = whenAgentReads({ status: 'running', phase: 'working' }, { isAsked: true })
    expect(asked.words).toBe('Read after you have answered')
    expect(whenAgentReads({ status: 'queued', phase: null }).words).toContain('gets a slot')
  })
})
