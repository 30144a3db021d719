/**
 * Kills the server before and after each of its transactions while it tells an address outside of something: as that is written down, while
 * it is sent, and as the answer is written down. Whatever the moment, it arrives, always under the same id with the same words, and what was
 * taken is not sent for ever.
 */
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '#auth/vault.ts'
import type { Db } from '#db/open.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createWebhooks, type Webhooks } from '#webhooks/webhooks.ts'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { openTestDb } from '../support/database.ts'
import { seedTask } from '../support/seed.ts'
import { createTestClock } from '../support/test-clock.ts'
import { Crash } from '../support/test-tasks.ts'

const dir = mkdtempSync(join(tmpdir(), 'klaudio-webhook-'))
afterAll(() => rmSync(dir, { recursive: true }))
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Refuses the first attempt of each delivery. */
function receive() {
  const got: { id: string; body: string }[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      got.push({ id: request.headers.get('webhook-id') ?? '', body: await request.text() })
      return new Response(null, { status: got.length === 1 ? 503 : 204 })
    },
  })
  return { got, url: `${server.url}hook`, [Symbol.asyncDispose]: () => server.stop(true) }
}

/** The database of a server that dies at a transaction, and changes nothing from then on. */
function mortal(db: Db, onCommit: (when: 'before' | 'after') => void): Db {
  const transaction: Db['transaction'] = (work, config) => {
    onCommit('before')
    const result = db.transaction(work, config)
    onCommit('after')
    return result
  }
  return new Proxy(db, {
    get: (target, key) => (key === 'transaction' ? transaction : Reflect.get(target, key)),
  })
}

let plays = 0
async function play(point?: CrashPoint) {
  plays++
  const place = (name: string) => join(dir, `${plays}-${name}`)
  const { db, close } = openTestDb(place('klaudio.db'))
  await using receiver = receive()
  const crash = createCrashPoint(point)
  const clock = createTestClock()
  const vault = createVault({ db, keyFile: place('key') })
  const taskId = seedTask(db, { status: 'running' })
  let isDead = false
  const lives: Webhooks[] = []
  const begin = () => {
    isDead = false
    const mine = mortal(db, (when) => {
      if (isDead) throw new Crash('the server is dead')
      try {
        crash.onCommit(when)
      } catch (error) {
        isDead = true
        void webhooks.close()
        throw error
      }
    })
    const webhooks: Webhooks = createWebhooks({ db: mine, vault, clock, newId, log: silentLog })
    lives.push(webhooks)
    webhooks.start()
    return { webhooks, log: createEventLog({ db: mine, clock, alongside: webhooks.tell }) }
  }
  let life = begin()
  /** What was cut off is done again by whoever wanted it, unless it is there. */
  const survive = (isDone: () => boolean, work: () => void): void => {
    while (!isDone()) {
      if (isDead) life = begin()
      try {
        work()
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
  }
  const told = () => life.webhooks.state().deliveries
  const kinds = ['task.completed'] as const
  survive(
    () => life.webhooks.state().webhook !== null,
    () => void life.webhooks.set({ url: receiver.url, secret, kinds: [...kinds] }),
  )
  survive(
    () => told().length > 0,
    () => life.log.transact((_tx, record) => record({ taskId, type: 'task.completed', data: {} })),
  )
  life.webhooks.wake()
  while (told().some(({ state }) => state === 'waiting')) {
    if (isDead) life = begin()
    await Bun.sleep(1)
  }
  const facts = { deliveries: told().map(({ id, state }) => ({ id, state })), got: receiver.got }
  for (const each of lives) await each.close()
  close()
  expect(crash.wasMet()).toBe(point !== undefined)
  return { commits: crash.commits(), ...facts }
}

test('what is told arrives, under one id and with the same words, wherever the server dies', async () => {
  const { commits, got: quiet } = await play()
  expect(quiet).toHaveLength(2)
  expect(commits).toBeGreaterThanOrEqual(4)
  for (let number = 1; number <= commits; number++)
    for (const when of ['before', 'after'] as const) {
      const { deliveries, got } = await play({ number, when })
      const [first] = deliveries
      expect({ number, when, deliveries }).toEqual({
        ...{ number, when },
        deliveries: [{ id: first?.id ?? 'none', state: 'delivered' }],
      })
      expect(new Set(got.map(({ id }) => id))).toEqual(new Set([first?.id ?? 'none']))
      expect(new Set(got.map(({ body }) => body)).size).toBe(1)
      // Refused and taken; what had been taken and was not written down is sent once more.
      expect(got.length).toBeGreaterThanOrEqual(2)
      expect(got.length).toBeLessThanOrEqual(3)
    }
}, 60_000)
