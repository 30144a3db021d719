/** The same answers over a real connection, asked for with the typed client that the UI uses. */
import { expect, test } from 'bun:test'
import { hc } from 'hono/client'
import type { Api } from '#http/api.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

type Served = TestApp & { url: string }

async function openServer(): Promise<Served> {
  const app = await openTestApp()
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => app.fetch(request),
  })
  return {
    ...app,
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server.stop(true)
      await app[Symbol.asyncDispose]()
    },
  }
}

test('the typed client creates a task, reads it, and goes by its types', async () => {
  await using server = await openServer()
  const client = hc<Api>(server.url)
  const json = { name: 'Count', prompt: 'Count to ten.' }
  const created = await client.api.tasks.$post({ json })
  expect(created.status).toBe(201)
  const { id } = await created.json()
  const read = await client.api.tasks[':id'].$get({ param: { id } })
  const task = await read.json()
  // Would not compile if the status had lost its type on the way.
  const status:
    | 'created'
    | 'planning'
    | 'planned'
    | 'approved'
    | 'running'
    | 'paused'
    | 'completed'
    | 'failed'
    | 'cancelled' = task.status
  expect(status).toBe('created')
  const events = await client.api.tasks[':id'].events.$get({ param: { id }, query: { after: '0' } })
  expect((await events.json()).events.map(({ type }) => type)).toEqual(['task.created'])
  const plan = await client.api.tasks[':id'].plan.$get({ param: { id }, query: {} })
  expect(plan.status).toBe(404)
})

test('HEAD over the wire has the headers of GET and no body', async () => {
  await using server = await openServer()
  const answer = await fetch(`${server.url}/api/tasks`, { method: 'HEAD' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toStartWith('application/json')
  expect(await answer.text()).toBe('')
})

test('an upload without a declared length is stored, and one without end is cut off', async () => {
  await using server = await openServer()
  const { id } = server.tasks.create({
    name: 'n',
    prompt: 'p',
    auto_start: false,
    source: { kind: 'empty' },
    limits: {},
    auto_approve: false,
    output_files: [],
  })
  const boundary = 'xxBOUNDARYxx'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="files[]"; filename="a.txt"\r\n\r\n`
  const send = async (body: ReadableStream) =>
    await fetch(`${server.url}/api/tasks/${id}/files`, {
      method: 'POST',
      body,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
  const small = new Response(`${head}hello\r\n--${boundary}--\r\n`).body ?? new ReadableStream()
  expect(await (await send(small)).json()).toEqual({
    uploaded: [{ name: 'a.txt', size: 5, path: 'input/a.txt' }],
  })
  const chunk = new TextEncoder().encode(head.padEnd(65_536, 'x'))
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(chunk) })
  const refused = await send(endless).catch((error: unknown) => error)
  // The server may close the connection while the client still sends; either way nothing is stored.
  if (refused instanceof Response) expect(refused.status).toBe(413)
  expect((await server.files.list(id)).input).toEqual([{ name: 'a.txt', size: 5 }])
})
