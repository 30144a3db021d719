import { describe, expect, test } from 'bun:test'
import { readTar } from '#docker/tar.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { bare, escapes, once, withInput, withWorkspace } from '../support/seed-files.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const form = (...parts: [name: string, value: string | File][]): FormData => {
  const data = new FormData()
  for (const [name, value] of parts) data.append(name, value)
  return data
}
const file = (name: string, content: string = name): ['files[]', File] => [
  'files[]',
  new File([content], name),
]
const upload = (...parts: [string, string | File][]) => ({
  method: 'POST' as const,
  path: '/api/tasks/t1/files',
  body: form(...parts),
})
describe('POST /api/tasks/:id/files', () => {
  scenarios([
    {
      name: 'several files are stored, and each is told',
      given: bare,
      request: upload(file('a.txt', 'aa'), file('b.txt', '')),
      expect: {
        status: 200,
        body: {
          uploaded: [
            { name: 'a.txt', size: 2, path: 'input/a.txt' },
            { name: 'b.txt', size: 0, path: 'input/b.txt' },
          ],
        },
        events: ['files.uploaded', 'files.uploaded'],
      },
    },
    {
      name: 'the other name of the part works too, and paths may have folders',
      given: bare,
      request: upload(['files', new File(['x'], 'x.txt')], ['paths', 'deep/er/x.txt']),
      expect: {
        status: 200,
        body: { uploaded: [{ name: 'x.txt', size: 1, path: 'input/deep/er/x.txt' }] },
        events: ['files.uploaded'],
      },
    },
    ...(
      [
        ['leads out', '../out.txt'],
        ['leads out in the middle', 'a/../../out.txt'],
        ['is absolute', '/etc/passwd'],
        ['is a drive', 'C:\\out.txt'],
        ['is part of a repository', '.git/hooks/pre-commit'],
        ['is part of a repository on another system', '.GIT/config'],
        ['belongs to Klaudio', '.klaudio/uploads'],
        ['is empty', ''],
        ['holds a control character', 'a\u0007b.txt'],
        ['is too long', `${'x'.repeat(300)}.txt`],
      ] as const
    ).map(([what, path]) => ({
      name: `a path that ${what} refuses the whole request, good files included (S2)`,
      given: bare,
      request: upload(file('good.txt'), file('bad.txt'), ['paths', 'good.txt'], ['paths', path]),
      expect: { status: 403, body: refusal('file.forbidden'), events: [] },
      after: async (app: TestApp) => {
        expect((await app.files.list('t1')).input).toEqual([])
      },
    })),
    {
      name: 'more than the limit is refused',
      given: bare,
      request: upload(file('large.bin', 'x'.repeat(2_000_000))),
      expect: { status: 413, body: refusal('request.too-large'), events: [] },
    },
    {
      name: 'files that are too large together are refused before any is stored',
      given: bare,
      request: upload(file('a.bin', 'x'.repeat(40_000)), file('b.bin', 'x'.repeat(40_000))),
      expect: { status: 413, body: refusal('request.too-large'), events: [] },
    },
    {
      name: 'no file at all is refused',
      given: bare,
      request: upload(['other', 'x']),
      expect: { status: 400, body: refusal('request.invalid', 'files[]'), events: [] },
    },
    {
      name: 'JSON is refused',
      given: bare,
      request: { method: 'POST', path: '/api/tasks/t1/files', json: { files: [] } },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
    {
      name: 'an unknown task is 404',
      request: { ...upload(file('a.txt')), path: '/api/tasks/nobody/files' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    {
      name: 'a page of another site cannot upload, although a form could be sent from there',
      as: 'foreign page',
      given: bare,
      request: upload(file('a.txt')),
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
    },
  ])
})

test('when one file cannot be stored, the refusal says which and what became of the others', async () => {
  await using app = await openTestApp()
  bare(app)
  await app.files.upload('t1', 'taken', once('a file, no folder'))
  const request = upload(
    file('good.txt'),
    file('bad.txt'),
    ['paths', 'good.txt'],
    ['paths', 'taken/bad.txt'],
  )
  const answer = await app.fetch(toRequest(request))
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(await answer.json()).toMatchObject({
    details: { failed: 'taken/bad.txt', stored: [{ name: 'good.txt', path: 'input/good.txt' }] },
  })
  expect((await app.files.list('t1')).input.map(({ name }) => name)).toEqual(['good.txt', 'taken'])
})

describe('GET /api/tasks/:id/files', () => {
  scenarios([
    {
      name: 'a task without files has three empty lists',
      given: bare,
      request: { path: '/api/tasks/t1/files' },
      expect: { status: 200, body: { input: [], output: [], workspace: [] }, events: [] },
    },
    {
      name: 'uploads are the input',
      given: withInput,
      request: { path: '/api/tasks/t1/files' },
      expect: {
        status: 200,
        body: {
          input: [
            { name: 'notes/größe.txt', size: 3 },
            { name: 'picture.bin', size: 4 },
          ],
        },
        events: [],
      },
    },
    {
      name: 'integrated work is the workspace',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/files' },
      expect: {
        status: 200,
        body: { workspace: [expect.objectContaining({ name: 'src/main.txt', size: 4 })] },
        events: [],
      },
    },
    {
      name: 'an unknown task is 404',
      request: { path: '/api/tasks/nobody/files' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('GET /api/tasks/:id/files/:filename', () => {
  scenarios([
    {
      name: 'a download is an attachment under its own name',
      given: withInput,
      request: { path: '/api/tasks/t1/files/x?type=input&path=notes/gr%C3%B6%C3%9Fe.txt' },
      expect: {
        status: 200,
        body: 'ten',
        headers: {
          'content-disposition':
            'attachment; filename="gr__e.txt"; filename*=UTF-8\'\'gr%C3%B6%C3%9Fe.txt',
          'content-type': 'application/octet-stream',
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringContaining('sandbox'),
        },
        events: [],
      },
    },
    {
      name: 'the name in the address is enough, folders included',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/files/src/main.txt?type=workspace' },
      expect: { status: 200, body: 'one\n', events: [] },
    },
    ...escapes.map((path) => ({
      name: `?path=${path} is refused or not there (S2)`,
      given: withInput,
      request: { path: `/api/tasks/t1/files/x?type=input&path=${encodeURIComponent(path)}` },
      expect: { status: 403, body: refusal('file.forbidden'), events: [] },
    })),
    {
      name: 'an area that does not exist is refused',
      given: withInput,
      request: { path: '/api/tasks/t1/files/x?type=../..' },
      expect: { status: 400, body: refusal('request.invalid', 'type'), events: [] },
    },
    {
      name: 'a file that is not there is 404',
      given: withInput,
      request: { path: '/api/tasks/t1/files/gone.txt?type=input' },
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    {
      name: 'an unknown task is 404',
      request: { path: '/api/tasks/nobody/files/x' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])

  test('bytes come as they are', async () => {
    await using app = await openTestApp()
    await withInput(app)
    const answer = await app.fetch(
      toRequest({ path: '/api/tasks/t1/files/picture.bin?type=input' }),
    )
    expect([...(await answer.bytes())]).toEqual([0, 1, 2, 255])
  })
})

describe('a part of a file', () => {
  const path = '/api/tasks/t1/files/x?type=input&path=notes/gr%C3%B6%C3%9Fe.txt'
  const etagOf = (app: TestApp) =>
    app.files.open('t1', { area: 'input', path: 'notes/größe.txt' }).then(({ version }) => version)
  for (const [range, status, body, contentRange] of [
    ['bytes=0-0', 206, 't', 'bytes 0-0/3'],
    ['bytes=1-', 206, 'en', 'bytes 1-2/3'],
    ['bytes=-2', 206, 'en', 'bytes 1-2/3'],
    ['bytes=1-999', 206, 'en', 'bytes 1-2/3'],
    ['bytes=3-', 416, '', 'bytes */3'],
    ['bytes=2-1', 200, 'ten', null],
    ['bytes=0-0,2-2', 200, 'ten', null],
    ['lines=1-2', 200, 'ten', null],
  ] as const)
    test(`Range: ${range} is answered with ${status}`, async () => {
      await using app = await openTestApp()
      await withInput(app)
      const answer = await app.fetch(toRequest({ path, headers: { range } }))
      expect({ status: answer.status, body: await answer.text() }).toEqual({ status, body })
      expect(answer.headers.get('content-range')).toBe(contentRange)
    })

  test('a part of a version that is gone is the whole of the present one', async () => {
    await using app = await openTestApp()
    await withInput(app)
    const headers = { range: 'bytes=0-0', 'if-range': '"old"' }
    expect((await app.fetch(toRequest({ path, headers }))).status).toBe(200)
  })

  test('what the client has already is not sent again', async () => {
    await using app = await openTestApp()
    await withInput(app)
    const headers = { 'if-none-match': `W/"${await etagOf(app)}"` }
    const answer = await app.fetch(toRequest({ path, headers }))
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 304, body: '' })
  })
})

describe('GET /api/tasks/:id/archive', () => {
  const archive = (query = '') => ({ path: `/api/tasks/t1/archive${query}` })
  scenarios([
    {
      name: 'the workspace is sent as a gzipped tar to save',
      given: withWorkspace,
      request: archive(),
      expect: {
        status: 200,
        headers: {
          'content-type': 'application/gzip',
          'content-disposition': expect.stringContaining('filename="workspace-t1.tar.gz"'),
        },
        events: [],
      },
    },
    {
      name: 'an area without files is 404',
      given: withWorkspace,
      request: archive('?area=input'),
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    {
      name: 'a task without a repository has no workspace to send',
      given: bare,
      request: archive(),
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    {
      name: 'an unknown area is refused',
      given: withWorkspace,
      request: archive('?area=../..'),
      expect: { status: 400, body: refusal('request.invalid', 'area'), events: [] },
    },
    {
      name: 'an agent that the task does not have is 404',
      given: withWorkspace,
      request: archive('?agent=nobody'),
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
    {
      name: 'an unknown task is 404',
      request: { path: '/api/tasks/nobody/archive' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])

  test('the archive unpacks to the files', async () => {
    await using app = await openTestApp()
    await withWorkspace(app)
    const answer = await app.fetch(toRequest(archive()))
    const tar = Bun.gunzipSync(await answer.arrayBuffer())
    const entries = readTar(new Blob([tar]).stream() as unknown as AsyncIterable<Uint8Array>)
    const found: Record<string, string> = {}
    for await (const { path, type, content } of entries) {
      const text = Buffer.concat(await Array.fromAsync(content)).toString()
      if (type === 'file') found[path] = text
    }
    expect(found).toEqual({ 'workspace-t1/src/main.txt': 'one\n' })
  })
})
