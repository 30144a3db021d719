/** The outgoing webhook against real servers, on a real database: what is told, how it is signed, and what becomes of it when nobody takes it. */
import { afterAll, afterEach, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '#auth/vault.ts'
import type { EventType } from '#contract/event.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { pausesMs } from '#webhooks/sender.ts'
import { signedHeaders } from '#webhooks/sign.ts'
import { createWebhooks, type Webhooks } from '#webhooks/webhooks.ts'
import { openTestDb } from '../../support/database.ts'
import { seedTask } from '../../support/seed.ts'
import { createTestClock } from '../../support/test-clock.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const dir = mkdtempSync(join(tmpdir(), 'klaudio-webhooks-'))
const clock = createTestClock()
const { db, close } = openTestDb(join(dir, 'klaudio.db'))
const vault = createVault({ db, keyFile: join(dir, 'key') })
const taskId = seedTask(db, { name: 'Make the newsletter' })

/** A server's life: what one writes is there for the next. */
const begin = (timeoutMs = 60_000): Webhooks =>
  createWebhooks({ db, vault, clock, newId, log: silentLog, timeoutMs })
const lives: Webhooks[] = []
const live = (timeoutMs?: number): Webhooks => {
  const life = begin(timeoutMs)
  lives.push(life)
  return life
}

type Got = { path: string; headers: Headers; body: string }
type Answer = (got: Got, count: number) => Response | Promise<Response>
const servers: { stop(force: boolean): Promise<void> }[] = []
function receive(answer: Answer): { url: string; got: Got[]; stop(): Promise<void> } {
  const got: Got[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname: path } = new URL(request.url)
      const one = { path, headers: request.headers, body: await request.text() }
      got.push(one)
      return answer(one, got.length)
    },
  })
  servers.push(server)
  return { url: `${server.url}hook`, got, stop: () => server.stop(true) }
}
const taken = (): Response => new Response(null, { status: 204 })

afterEach(async () => {
  for (const life of lives.splice(0)) {
    life.remove()
    await life.close()
  }
  for (const server of servers.splice(0)) await server.stop(true)
  db.run('delete from webhook_deliveries')
})
afterAll(() => {
  close()
  rmSync(dir, { recursive: true })
})

const kinds = ['attention.needed', 'task.completed', 'task.failed'] as const
const last = (life: Webhooks) => life.state().deliveries[0]
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}
function happen(life: Webhooks, type: EventType, data: Record<string, unknown> = {}): void {
  const log = createEventLog({ db, clock, alongside: life.tell })
  log.transact((_tx, record) => record({ taskId, type, data }))
  life.wake()
}

test('what happens is told once, signed so that its receiver can tell who said it and when', async () => {
  const { url, got } = receive(taken)
  const life = live()
  life.set({ url, secret, kinds: [...kinds] })
  life.start()
  happen(life, 'permission.asked')
  await until(() => last(life)?.state === 'delivered')
  const [one] = got
  if (!one) throw new Error('nothing came')
  expect(JSON.parse(one.body)).toMatchObject({
    type: 'attention.needed',
    data: {
      reason: 'permission.asked',
      task: { id: taskId, name: 'Make the newsletter' },
      path: `/tasks/${taskId}`,
    },
  })
  const [id, timestamp] = ['webhook-id', 'webhook-timestamp'].map((name) => one.headers.get(name))
  const key = Buffer.alloc(32, 7)
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${one.body}`)
  expect(one.headers.get('webhook-signature')).toBe(`v1,${signature.digest('base64')}`)
  expect(Math.abs(Number(timestamp) * 1000 - clock.now())).toBeLessThan(60_000)
  expect(got).toHaveLength(1)
  expect(last(life)).toMatchObject({ id, state: 'delivered', attempts: 1, status: 204 })
})

test('the signature is the one of the specification', () => {
  const own = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const body = '{"test": 2432232314}'
  const headers = signedHeaders(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, at: 1_614_265_330_000 },
    own,
  )
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('only what was asked for is told, and nothing of what was rolled back', () => {
  const life = live()
  life.set({ url: 'http://127.0.0.1:9/hook', secret, kinds: ['task.failed'] })
  happen(life, 'task.completed')
  happen(life, 'permission.asked')
  happen(life, 'agent.activity')
  const log = createEventLog({ db, clock, alongside: life.tell })
  expect(() =>
    log.transact((_tx, record) => {
      record({ taskId, type: 'task.failed', data: {} })
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(life.state().deliveries).toEqual([])
  happen(life, 'task.failed')
  expect(life.state().deliveries).toMatchObject([{ type: 'task.failed', state: 'waiting' }])
})

test('a plan waits for a person when the task stands still for it, not when it is approved by itself', () => {
  const life = live()
  life.set({ url: 'http://127.0.0.1:9/hook', secret, kinds: [...kinds] })
  happen(life, 'plan.generated')
  happen(life, 'task.status', { from: 'planning', to: 'running' })
  happen(life, 'task.status', { from: 'planned', to: 'planned' })
  expect(life.state().deliveries).toEqual([])
  happen(life, 'task.status', { from: 'planning', to: 'planned' })
  expect(life.state().deliveries).toMatchObject([{ type: 'attention.needed' }])
})

test('a receiver that refuses is asked again later under the same id, and not for ever', async () => {
  const { url, got } = receive(
    (_got, count) => new Response('no', { status: count < 3 ? 500 : 200 }),
  )
  const life = live()
  life.set({ url, secret, kinds: [...kinds] })
  life.start()
  happen(life, 'task.completed')
  await until(() => last(life)?.state === 'delivered')
  expect(new Set(got.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1)
  expect(got).toHaveLength(3)

  const never = receive(() => new Response('no', { status: 503 }))
  life.set({ url: never.url, kinds: [...kinds] })
  happen(life, 'task.failed')
  await until(() => last(life)?.state === 'failed')
  expect(never.got).toHaveLength(pausesMs.length + 1)
  expect(last(life)).toMatchObject({ attempts: 8, status: 503, error: 'Answered 503.' })

  const gone = receive(() => new Response('no', { status: 410 }))
  life.set({ url: gone.url, kinds: [...kinds] })
  const before = last(life)?.id
  life.test()
  await until(() => last(life)?.id !== before && last(life)?.state === 'failed')
  expect(gone.got).toHaveLength(1)
})

test('nobody is led elsewhere with what is signed', async () => {
  const elsewhere = receive(taken)
  const { url, got } = receive(() => Response.redirect(elsewhere.url, 307))
  const life = live()
  life.set({ url, secret, kinds: [...kinds] })
  life.start()
  life.test()
  await until(() => last(life)?.state === 'failed')
  expect(got.length).toBe(pausesMs.length + 1)
  expect(elsewhere.got).toEqual([])
  expect(last(life)?.error).toContain('Redirects are not followed')
})

test('one that hangs and one that is not there hold nothing up', async () => {
  const { url } = receive(() => new Promise<Response>(() => {}))
  const life = live(20)
  life.set({ url, secret, kinds: [...kinds] })
  life.start()
  happen(life, 'task.completed')
  expect(last(life)?.state).toBe('waiting')
  await until(() => last(life)?.error !== undefined)
  expect(last(life)?.error).toContain('No answer within')
  const { url: dead, stop } = receive(taken)
  await stop()
  life.set({ url: dead, kinds: [...kinds] })
  await until(() => last(life)?.error?.startsWith('Could not be reached') === true)
})

test('what a server did not bring to its end, the next one sends again under the same id', async () => {
  let isUp = false
  const { url, got } = receive(() => (isUp ? taken() : new Promise<Response>(() => {})))
  const first = live()
  first.set({ url, secret, kinds: [...kinds] })
  first.start()
  happen(first, 'task.completed')
  await until(() => got.length === 1)
  await first.close()
  happen(first, 'task.failed')
  isUp = true
  const second = live()
  second.start()
  await until(() => second.state().deliveries.every(({ state }) => state === 'delivered'))
  expect(second.state().deliveries).toHaveLength(2)
  const ids = got.map(({ headers }) => headers.get('webhook-id') ?? '')
  expect(new Set(ids).size).toBe(2)
  expect(ids.filter((id) => id === ids[0])).toHaveLength(2)
})

test('its secret is sealed, goes with it, and is needed only once', () => {
  const life = live()
  const address = 'http://127.0.0.1:9/hook'
  expect(() => life.set({ url: address, kinds: [...kinds] })).toThrow('needs a secret')
  life.set({ url: address, secret, kinds: [...kinds] })
  expect(JSON.stringify(life.state())).not.toContain('whsec_')
  for (const file of readdirSync(dir))
    expect(readFileSync(join(dir, file)).includes(secret.slice(6))).toBe(false)
  life.set({ url: `${address}/2`, kinds: ['task.failed'] })
  expect(life.state().webhook).toMatchObject({ url: `${address}/2`, kinds: ['task.failed'] })
  happen(life, 'task.failed')
  life.remove()
  expect(life.state()).toEqual({ webhook: null, deliveries: [] })
  expect(db.values<[number]>('select count(*) from secrets')).toEqual([[0]])
  expect(() => life.test()).toThrow('no webhook')
})
