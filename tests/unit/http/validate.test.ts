import { describe, expect, test } from 'bun:test'
import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { CreateTask } from '#contract/task.ts'
import type { Env } from '#http/env.ts'
import { createOnError } from '#http/errors.ts'
import { json, parse, query, wholeNumber } from '#http/validate.ts'
import { silentLog } from '#lib/log.ts'

const Body = v.object({ text: v.string(), count: v.optional(v.number(), 1) })
const app = new Hono<Env>()
  .post('/must', json(Body, { maxBytes: 100 }), (c) => c.json(c.req.valid('json')))
  .post('/may', json(v.object({ text: v.optional(v.string(), 'none') }), { optional: true }), (c) =>
    c.json(c.req.valid('json')),
  )
  .get('/', query(v.object({ n: v.optional(wholeNumber({ min: 1, max: 9 }), '5') })), (c) =>
    c.json(c.req.valid('query')),
  )
  .onError(createOnError(silentLog))

type Content = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null

const type = { 'content-type': 'application/json' }
const post = (path: string, body: Content, headers: Record<string, string> = type) =>
  app.request(path, { method: 'POST', body, headers })

describe('a JSON body', () => {
  test('arrives typed, with defaults and without what is unknown', async () => {
    const answer = await post('/must', '{"text":"a","other":1}')
    expect(await answer.json()).toEqual({ text: 'a', count: 1 })
  })

  test.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/merge-patch+json',
  ])('may be called %s', async (name) => {
    expect((await post('/must', '{"text":"a"}', { 'content-type': name })).status).toBe(200)
  })

  test.each<[string, Content, Record<string, string>, number, string]>([
    ['no content type', '{"text":"a"}', {}, 415, 'request.unsupported-type'],
    ['a form', 'text=a', { 'content-type': 'text/plain' }, 415, 'request.unsupported-type'],
    ['nothing', null, type, 400, 'request.invalid'],
    ['half a value', '{"text":', type, 400, 'request.invalid'],
    ['trailing data', '{"text":"a"} x', type, 400, 'request.invalid'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), type, 400, 'request.invalid'],
    ['another type', '[]', type, 400, 'request.invalid'],
    ['null', 'null', type, 400, 'request.invalid'],
    ['too much', JSON.stringify({ text: 'a'.repeat(100) }), type, 413, 'request.too-large'],
  ])('%s is refused', async (_name, body, headers, status, code) => {
    const answer = await post('/must', body, headers)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code })
  })

  test('a body without a declared length is cut off at the limit as well', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64)),
    })
    const answer = await post('/must', endless)
    expect(answer.status).toBe(413)
  })

  test('an optional one may be absent, but what is sent must be right', async () => {
    expect(await (await post('/may', null, {})).json()).toEqual({ text: 'none' })
    expect(await (await post('/may', '', type)).json()).toEqual({ text: 'none' })
    expect((await post('/may', '{"text":1}')).status).toBe(400)
    expect((await post('/may', 'x=1', { 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('a query', () => {
  test.each([
    ['/', 200],
    ['/?n=9', 200],
    ['/?n=10', 400],
    ['/?n=0', 400],
    ['/?n=-1', 400],
    ['/?n=1.5', 400],
    ['/?n=abc', 400],
    ['/?n=', 400],
    ['/?other=1', 200],
  ])('%s is %d', async (path, status) => {
    expect((await app.request(path)).status).toBe(status)
  })
})

describe('what is wrong is said in words, all of it', () => {
  const sentenceFor = (value: unknown): string => {
    try {
      parse(CreateTask, value)
    } catch (error) {
      if (error instanceof AppError) return error.message
    }
    return 'accepted'
  }
  const good = { name: 'n', prompt: 'p' }
  test.each<[unknown, string]>([
    [{}, 'name is required. prompt is required.'],
    [{ name: ' ', prompt: 'p' }, 'name is required.'],
    [{ name: 5, prompt: 'p' }, 'name must be text.'],
    [{ ...good, auto_start: 'yes' }, 'auto_start must be true or false.'],
    [{ ...good, mode: 'chaos' }, 'mode must be "sequential" or "parallel".'],
    [{ ...good, limits: { max_agents: 0 } }, 'limits.max_agents must be at least 1.'],
    [{ ...good, limits: { max_agents: 1.5 } }, 'limits.max_agents must be a whole number.'],
    [{ ...good, name: 'n'.repeat(201) }, 'name may have at most 200 characters or items.'],
    [{ ...good, output_files: 'a' }, 'output_files must be a list.'],
    [{ ...good, source: { kind: 'empty', url: 'x' } }, 'source.url is not known here.'],
    [{ ...good, source: { kind: 'git' } }, 'source.url is required.'],
    [[], 'name is required. prompt is required.'],
    ['text', 'The request must be an object.'],
  ])('%j', (value, sentence) => {
    expect(sentenceFor(value)).toBe(sentence)
  })

  test('each problem names its field for the client', () => {
    const problems = (() => {
      try {
        parse(CreateTask, { prompt: 1 })
      } catch (error) {
        if (error instanceof AppError) return error.details.problems
      }
      return undefined
    })()
    expect(problems).toEqual([
      { path: 'name', message: 'name is required.' },
      { path: 'prompt', message: 'prompt must be text.' },
    ])
  })
})
