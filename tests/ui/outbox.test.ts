import { beforeEach, describe, expect, test } from 'bun:test'
import { createOutbox, type Deed, keyOf } from '../../ui/src/data/outbox.ts'

const stored = new Map<string, string>()
beforeEach(() => {
  stored.clear()
  Object.assign(globalThis, {
    localStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    },
  })
})

const answer = (text: string, questionId = 'q1'): Deed => ({
  kind: 'answer',
  taskId: 't1',
  questionId,
  text,
})
const message = (content: string): Deed => ({
  ...{ kind: 'message', taskId: 't1', agentId: 'a1', priority: 'next' },
  id: `id of ${content}`,
  content,
})

const permission = (decision: 'allow' | 'deny', permissionId = 'p1'): Deed => ({
  kind: 'permission',
  taskId: 't1',
  permissionId,
  answer: decision === 'allow' ? { decision, scope: 'task' } : { decision, message: 'No.' },
})

type Server = { isAway: boolean; losesAnswers?: boolean; refusal?: string }

/** A server that is away or not, and what has reached it. */
function open(server: Server) {
  const reached: Deed[] = []
  const sent: Deed[] = []
  const outbox = createOutbox({
    async carryOut(deed) {
      if (server.isAway) throw { code: 'unreachable', message: 'away' }
      if (server.refusal) throw { code: 'task.wrong-state', message: server.refusal }
      reached.push(deed)
      if (server.losesAnswers) throw { code: 'unreachable', message: 'away' }
    },
    isAway: () => server.isAway,
    toFailure: (error) => error as { code: string; message: string },
    onSent: (deed) => sent.push(deed),
    now: () => 7,
  })
  return { outbox, reached, sent }
}

describe('what is sent while the server is away', () => {
  test('waits, and is sent once and in its order when it is back', async () => {
    const server = { isAway: true }
    const { outbox, reached, sent } = open(server)
    expect(await outbox.send(message('one'))).toBe('held')
    expect(await outbox.send(message('two'))).toBe('held')
    expect(outbox.held().map(({ deed }) => deed)).toEqual([message('one'), message('two')])
    expect(reached).toEqual([])

    server.isAway = false
    await Promise.all([outbox.flush(), outbox.flush()])
    await outbox.flush()
    expect(reached).toEqual([message('one'), message('two')])
    expect(sent).toEqual(reached)
    expect(outbox.held()).toEqual([])
  })

  test('messages to a team wait beside each other, to whomever they are', async () => {
    const say = (id: string, to?: string): Deed => ({
      ...{ kind: 'team-message', taskId: 't1', id, content: 'Hurry.' },
      ...(to !== undefined && { to }),
    })
    const server = { isAway: true }
    const { outbox, reached } = open(server)
    for (const deed of [say('m1'), say('m2'), say('m3', 'cover')]) await outbox.send(deed)
    outbox.withdraw(keyOf(say('m2')))
    // As after a reload of the page.
    const again = open({ isAway: false })
    await again.outbox.flush()
    expect(again.reached).toEqual([say('m1'), say('m3', 'cover')])
    expect(reached).toEqual([])
  })

  test('can be taken back, and is never sent then', async () => {
    const server = { isAway: true }
    const { outbox, reached } = open(server)
    await outbox.send(message('one'))
    await outbox.send(message('two'))
    outbox.withdraw(keyOf(message('one')))
    server.isAway = false
    await outbox.flush()
    expect(reached).toEqual([message('two')])
  })

  test('about the same matter takes the place of what waited', async () => {
    const server = { isAway: true }
    const { outbox, reached } = open(server)
    await outbox.send(answer('red'))
    await outbox.send(answer('green'))
    server.isAway = false
    await outbox.flush()
    expect(reached).toEqual([answer('green')])
  })

  test('may be a permission: the last answer to each is sent, also by a page that was opened since', async () => {
    const { outbox: before } = open({ isAway: true })
    await before.send(permission('allow'))
    await before.send(permission('allow', 'p2'))
    await before.send(permission('deny'))
    const { outbox, reached } = open({ isAway: false })
    expect(outbox.find(keyOf(permission('allow')))?.deed).toEqual(permission('deny'))
    await outbox.flush()
    expect(reached).toEqual([permission('allow', 'p2'), permission('deny')])
  })

  test('survives a reload of the page', async () => {
    await open({ isAway: true }).outbox.send(answer('red'))
    const { outbox, reached } = open({ isAway: false })
    expect(outbox.find(keyOf(answer('')))).toEqual({ deed: answer('red'), at: 7 })
    await outbox.flush()
    expect(reached).toEqual([answer('red')])
    expect([...stored]).toEqual([])
  })

  test('and that the server refuses when it is back stays, says why, and is not tried again', async () => {
    const server: Server = { isAway: true }
    const { outbox, reached } = open(server)
    await outbox.send(answer('red'))
    Object.assign(server, { isAway: false, refusal: 'The task has ended.' })
    await outbox.flush()
    expect(outbox.held()).toEqual([{ deed: answer('red'), at: 7, error: 'The task has ended.' }])
    server.refusal = ''
    await outbox.flush()
    expect(reached).toEqual([])
    outbox.withdraw(keyOf(answer('')))
    expect(outbox.held()).toEqual([])
  })

  test('is sent again under the same id when only the answer was lost', async () => {
    const server: Server = { isAway: false, losesAnswers: true }
    const { outbox, reached } = open(server)
    expect(await outbox.send(message('one'))).toBe('held')
    server.losesAnswers = false
    await outbox.flush()
    expect(reached).toEqual([message('one'), message('one')])
  })
})

test('what the server refuses at once is told, and not kept', async () => {
  const { outbox } = open({ isAway: false, refusal: 'No.' })
  await expect(outbox.send(answer('red'))).rejects.toMatchObject({ message: 'No.' })
  expect(outbox.held()).toEqual([])
})

test('what is damaged in the browser is forgotten', () => {
  stored.set('klaudio.outbox', '[{"deed":{"kind":"other"}}]')
  expect(open({ isAway: true }).outbox.held()).toEqual([])
})
