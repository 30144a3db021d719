import { describe, expect, test } from 'bun:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createAssets } from '#http/assets.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const script = 'console.log("hello")'
const files = [
  { path: 'index.html', bytes: encode('<!doctype html><title>Klaudio</title>') },
  { path: 'assets/index-D4f9aK2x.js', bytes: encode(script) },
  { path: 'assets/index-D4f9aK2x.js.br', bytes: encode('as brotli') },
  { path: 'assets/index-D4f9aK2x.js.gz', bytes: gzipSync(script) },
  { path: 'icon.svg', bytes: encode('<svg/>') },
]
const assets = createAssets(files)
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  assets.respond(new Request(`http://localhost${path}`, { method, headers }))

describe('encodings', () => {
  test('brotli is preferred, gzip comes second, plain is always there', async () => {
    const path = '/assets/index-D4f9aK2x.js'
    const best = get(path, { 'accept-encoding': 'gzip, deflate, br' })
    expect(best?.headers.get('content-encoding')).toBe('br')
    expect(await best?.text()).toBe('as brotli')
    const second = get(path, { 'accept-encoding': 'gzip' })
    expect(second?.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync((await second?.bytes()) ?? '').toString()).toBe(script)
    const plain = get(path)
    expect(plain?.headers.get('content-encoding')).toBeNull()
    expect(await plain?.text()).toBe(script)
  })

  test('an encoding the client refuses is not used', () => {
    const headers = { 'accept-encoding': 'br;q=0, gzip;q=1' }
    expect(get('/assets/index-D4f9aK2x.js', headers)?.headers.get('content-encoding')).toBe('gzip')
  })

  test('caches are told that the answer depends on the encoding', () => {
    expect(get('/icon.svg')?.headers.get('vary')).toBe('Accept-Encoding')
  })

  test('the compressed forms are not files of their own', () => {
    expect(get('/assets/index-D4f9aK2x.js.gz')).toBeUndefined()
  })
})

describe('caching', () => {
  test('a name with a hash never changes, the entry page is asked for again', () => {
    expect(get('/assets/index-D4f9aK2x.js')?.headers.get('cache-control')).toContain('immutable')
    expect(get('/')?.headers.get('cache-control')).toBe('no-cache')
  })

  test('a known tag is answered 304 without a body, another is not', async () => {
    const etag = get('/icon.svg')?.headers.get('etag') ?? ''
    const known = get('/icon.svg', { 'if-none-match': `"x", W/${etag}` })
    expect(known?.status).toBe(304)
    expect(await known?.text()).toBe('')
    expect(get('/icon.svg', { 'if-none-match': '"x"' })?.status).toBe(200)
  })

  test('each encoding has its own tag', () => {
    const path = '/assets/index-D4f9aK2x.js'
    const tags = ['br', 'gzip', ''].map((name) =>
      get(path, { 'accept-encoding': name })?.headers.get('etag'),
    )
    expect(new Set(tags).size).toBe(3)
  })
})

describe('what is answered', () => {
  test('types come from the extension', () => {
    expect(get('/icon.svg')?.headers.get('content-type')).toBe('image/svg+xml')
    expect(get('/')?.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  test('HEAD has the headers and no body', async () => {
    const head = get('/icon.svg', {}, 'HEAD')
    expect(head?.headers.get('content-length')).toBe('6')
    expect(await head?.text()).toBe('')
  })

  const page = { accept: 'text/html,*/*' }
  test('an address of the UI is the entry page for a browser', async () => {
    expect(await get('/tasks/42', page)?.text()).toContain('<title>Klaudio')
    const file = '/tasks/42/files/workspace/src/main.ts'
    expect(await get(file, page)?.text()).toContain('<title>Klaudio')
  })

  test.each([
    ['a missing file', '/assets/gone-12345678.js', page],
    ['an address asked for by a script', '/tasks/42', { accept: 'application/json' }],
    ['a way out of the tree', '/../../etc/passwd.txt', page],
    ['an encoded way out', '/%2e%2e/%2e%2e/etc/passwd.txt', page],
    ['a broken escape', '/%zz.js', page],
    ['a name of the language', '/constructor', {}],
  ])('%s is nothing', (_name, path, headers) => {
    expect(get(path, headers)).toBeUndefined()
  })

  test('without a UI a page says so', async () => {
    const empty = createAssets([])
    const answer = empty.respond(new Request('http://localhost/', { headers: page }))
    expect(answer?.status).toBe(200)
    expect(await answer?.text()).toContain('carries no UI')
  })
})
