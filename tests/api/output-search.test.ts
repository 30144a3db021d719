/** Finding a text in what agents printed, and opening their output at a line. */
import { describe, expect, test } from 'bun:test'
import type { OutputSearch } from '#contract/output.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { seedAgent, seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const text = (words: string) => ({
  type: 'assistant',
  uuid: crypto.randomUUID(),
  message: { role: 'assistant', content: [{ type: 'text', text: words }] },
})
const toLines = (lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

function print(app: TestApp, agentId: string, printed: string): void {
  app.outputs.append(agentId, app.outputs.size(agentId), new TextEncoder().encode(printed))
}

function given(app: TestApp): void {
  seedTask(app.db, { status: 'running' })
  seedAgent(app.db, 't1', { id: 'a1' })
  seedAgent(app.db, 't1', { id: 'a2' })
}

const path = '/api/tasks/t1/agents/a1/output/search'
async function ask(app: TestApp, query: Record<string, string>, where = path) {
  const response = await app.fetch(toRequest({ path: `${where}?${new URLSearchParams(query)}` }))
  expect(response.status).toBe(200)
  return (await response.json()) as OutputSearch
}

async function everything(app: TestApp, query: Record<string, string>, where = path) {
  const pages: OutputSearch[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: OutputSearch = await ask(app, { ...query, ...(cursor ? { cursor } : {}) }, where)
    pages.push(page)
    cursor = page.next_cursor
  }
  return { pages, matches: pages.flatMap(({ matches }) => matches) }
}

describe('searching the output of an agent', () => {
  test('finds lines by byte offset, whatever the case, with what is around the text', async () => {
    await using app = await openTestApp()
    given(app)
    const before = toLines([text('Ünrelated: 漢字')])
    print(app, 'a1', before + toLines([text('The Harbour is éclairée\n"tonight"'), text('end')]))
    const start = new TextEncoder().encode(before).length
    const found = await ask(app, { q: 'hArBouR IS ÉCLAIRÉE\n"ton' })
    expect(found.matches).toEqual([
      {
        agent_id: 'a1',
        offset: expect.any(Number),
        line_offset: start,
        excerpt: 'The Harbour is éclairée "tonight"',
        type: 'assistant',
      },
    ])
    const [match] = found.matches
    const bytes = await app.outputs.read('a1', match?.offset ?? 0, (match?.offset ?? 0) + 7)
    expect(new TextDecoder().decode(bytes)).toBe('Harbour')
    expect(found).toMatchObject({
      next_cursor: null,
      searched_bytes: app.outputs.size('a1'),
      total_bytes: app.outputs.size('a1'),
    })
  })

  test('passes over names, ids and pieces that are printed again, unless raw bytes are asked for', async () => {
    await using app = await openTestApp()
    given(app)
    const piece = { type: 'stream_event', event: { delta: { text: 'assistant' } } }
    print(app, 'a1', toLines([piece, text('nothing'), text('I am your assistant')]))
    const read = await ask(app, { q: 'assistant' })
    expect(read.matches.map(({ excerpt }) => excerpt)).toEqual(['I am your assistant'])
    const raw = await ask(app, { q: 'assistant', in: 'raw' })
    expect(raw.matches.map(({ type }) => type)).toEqual(['stream_event', 'assistant', 'assistant'])
  })

  test('pages meet without a gap or an overlap, and a page follows output that grew meanwhile', async () => {
    await using app = await openTestApp()
    given(app)
    const words = Array.from({ length: 25 }, (_, i) => text(`needle ${i}, needle again`))
    print(app, 'a1', toLines(words))
    const { pages, matches } = await everything(app, { q: 'needle', limit: '7' })
    expect(pages.map((page) => page.matches.length)).toEqual([7, 7, 7, 4])
    expect(matches.map(({ excerpt }) => excerpt)).toEqual(
      words.map((_, i) => `needle ${i}, needle again`),
    )
    const first = await ask(app, { q: 'needle', limit: '24' })
    print(app, 'a1', toLines([text('one more needle')]))
    const rest = await everything(app, { q: 'needle', cursor: first.next_cursor ?? '' })
    expect(rest.matches.map(({ excerpt }) => excerpt)).toEqual([
      'needle 24, needle again',
      'one more needle',
    ])
  })

  test('finds text in a line too long to hold, once, also where two pieces of it meet', async () => {
    await using app = await openTestApp()
    given(app)
    const mebibyte = 1024 * 1024
    const seam = 4 * mebibyte - 3
    const long = `${'x'.repeat(seam)}needle${'y'.repeat(3 * mebibyte)}needle${'z'.repeat(mebibyte)}`
    print(app, 'a1', `first needle\n${long}\nlast needle\n`)
    const { matches } = await everything(app, { q: 'needle', in: 'raw', limit: '1' })
    const start = 'first needle\n'.length
    expect(matches.map(({ offset, line_offset }) => [offset, line_offset])).toEqual([
      [6, 0],
      [start + seam, start],
      [start + long.length + 1 + 5, start + long.length + 1],
    ])
  })

  test('a page ends after 64 MiB, so that a huge output is searched in steps', async () => {
    await using app = await openTestApp()
    given(app)
    const block = `${'.'.repeat(1024 * 1024 - 1)}\n`.repeat(16)
    for (let i = 0; i < 5; i++) print(app, 'a1', block)
    print(app, 'a1', 'needle\n')
    const { pages, matches } = await everything(app, { q: 'needle', in: 'raw' })
    expect(pages.map(({ searched_bytes }) => searched_bytes)).toEqual([
      64 * 1024 * 1024,
      app.outputs.size('a1'),
    ])
    expect(pages[0]?.matches).toEqual([])
    expect(matches).toHaveLength(1)
  })

  test('a search over the whole task goes through its agents in their order', async () => {
    await using app = await openTestApp()
    given(app)
    print(app, 'a1', toLines([text('needle one'), text('needle two')]))
    print(app, 'a2', toLines([text('no'), text('needle three')]))
    const where = '/api/tasks/t1/output/search'
    const { pages, matches } = await everything(app, { q: 'needle', limit: '1' }, where)
    expect(matches.map(({ agent_id, excerpt }) => [agent_id, excerpt])).toEqual([
      ['a1', 'needle one'],
      ['a1', 'needle two'],
      ['a2', 'needle three'],
    ])
    expect(pages.at(-1)).toMatchObject({
      searched_bytes: app.outputs.size('a1') + app.outputs.size('a2'),
      next_cursor: null,
    })
  })

  scenarios([
    {
      name: 'needs something to search for',
      given,
      request: { path },
      expect: { status: 400, body: refusal('request.invalid', 'q is required.'), events: [] },
    },
    {
      name: 'refuses a cursor it has not given out',
      given,
      request: { path: `${path}?q=x&cursor=abc` },
      expect: { status: 400, body: refusal('request.invalid', 'cursor'), events: [] },
    },
    {
      name: 'of an agent of another task is 404',
      given,
      request: { path: '/api/tasks/t1/agents/nobody/output/search?q=x' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
  ])
})

describe('output by whole lines', () => {
  const printed = (app: TestApp): void => {
    given(app)
    print(app, 'a1', 'one\ntwo\nthree\nfo')
  }
  const lines = (query: string) => ({
    path: `/api/tasks/t1/agents/a1/output?align=line&${query}`,
  })
  scenarios([
    {
      name: 'begins with the line that holds the first byte and ends with the one that holds the last',
      given: printed,
      request: lines('from=5&to=9'),
      expect: {
        status: 200,
        body: 'two\nthree\n',
        headers: { 'x-klaudio-from': '4', 'x-klaudio-size': '16' },
        events: [],
      },
    },
    {
      name: 'takes no line more when asked for exactly one',
      given: printed,
      request: lines('from=4&to=8'),
      expect: { status: 200, body: 'two\n', headers: { 'x-klaudio-from': '4' }, events: [] },
    },
    {
      name: 'leaves out a line that is still being printed',
      given: printed,
      request: lines('from=9'),
      expect: { status: 200, body: 'three\n', headers: { 'x-klaudio-from': '8' }, events: [] },
    },
    {
      name: 'gives the last line of an ended output although it has no end',
      given: (app) => {
        printed(app)
        app.outputs.end('a1')
      },
      request: lines('from=15'),
      expect: { status: 200, body: 'fo', headers: { 'x-klaudio-from': '14' }, events: [] },
    },
    {
      name: 'are none past the end',
      given: printed,
      request: lines('from=99'),
      expect: { status: 200, body: '', headers: { 'x-klaudio-from': '99' }, events: [] },
    },
  ])

  test('a line too long to be whole is given as asked for, and going on always makes progress', async () => {
    await using app = await openTestApp()
    given(app)
    const long = 'x'.repeat(20 * 1024 * 1024)
    print(app, 'a1', `a\n${long}\nb\n`)
    let from = 0
    let joined = ''
    for (let requests = 0; requests < 10 && joined.length < app.outputs.size('a1'); requests++) {
      const response = await app.fetch(toRequest(lines(`from=${from}`)))
      expect(response.headers.get('x-klaudio-from')).toBe(String(from))
      const bytes = await response.bytes()
      from += bytes.length
      joined += new TextDecoder().decode(bytes)
    }
    expect(joined === `a\n${long}\nb\n`).toBe(true)
  })
})
