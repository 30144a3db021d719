import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import type { ReceivedFile } from '#files/upload-dir.ts'
import { readUpload } from '#http/upload.ts'

type Entry = [name: string, value: string | File]
const file = (name: string, content = name): File => new File([content], name)
const request = (entries: Entry[]): Request => {
  const body = new FormData()
  for (const [name, value] of entries) body.append(name, value)
  return new Request('http://localhost/', { method: 'POST', body })
}
async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'accepted'
}
/** Takes files in as the server does, into memory; knows what was not discarded. */
function openPlace(watch: (bytes: number) => void = () => {}) {
  const held = new Map<ReceivedFile, string>()
  const receive = async (content: AsyncIterable<Uint8Array>): Promise<ReceivedFile> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) {
      watch(chunk.length)
      chunks.push(chunk)
    }
    const received: ReceivedFile = {
      sizeBytes: 0,
      place: () => Promise.reject(new Error('not to be placed')),
      discard: async () => void held.delete(received),
    }
    held.set(received, Buffer.concat(chunks).toString())
    return received
  }
  return { held, options: (maxBytes: number) => ({ maxBytes, receive }) }
}
const readOne = (sent: Request, maxBytes: number) => readUpload(sent, openPlace().options(maxBytes))
async function read(entries: Entry[]): Promise<[path: string, text: string | undefined][]> {
  const place = openPlace()
  const parts = await readUpload(request(entries), place.options(1000))
  return parts.map(({ path, file: received }) => [path, place.held.get(received)])
}

describe('an upload', () => {
  test('takes parts called files[] and files, in order', async () => {
    expect(
      await read([
        ['files[]', file('a.txt')],
        ['files[]', file('b.txt', '')],
        ['directory', 'ignored'],
      ]),
    ).toEqual([
      ['a.txt', 'a.txt'],
      ['b.txt', ''],
    ])
    expect(await read([['files', file('ä b.txt')]])).toEqual([['ä b.txt', 'ä b.txt']])
  })

  test('takes a path for each file, which may have folders', async () => {
    expect(
      await read([
        ['files[]', file('a.txt')],
        ['paths', 'src/a.txt'],
      ]),
    ).toEqual([['src/a.txt', 'a.txt']])
  })

  test.each<[string, Entry[]]>([
    ['no file', [['other', 'x']]],
    ['a text where a file belongs', [['files[]', 'x']]],
    [
      'fewer paths than files',
      [
        ['files[]', file('a')],
        ['files[]', file('b')],
        ['paths', 'a'],
      ],
    ],
    [
      'the same path twice',
      [
        ['files[]', file('a')],
        ['files', file('a')],
      ],
    ],
  ])('with %s is refused', async (_name, entries) => {
    expect(await codeOf(readOne(request(entries), 1000))).toBe('request.invalid')
  })

  test('that is too large is refused', async () => {
    const one = (size: number): Request => request([['files[]', file('a', 'x'.repeat(size))]])
    expect(await codeOf(readOne(one(1000), 1000))).toBe('accepted')
    expect(await codeOf(readOne(one(1001), 1000))).toBe('request.too-large')
    expect(await codeOf(readOne(one(3_000_000), 1000))).toBe('request.too-large')
  })

  test('of small files that are too large together is refused', async () => {
    const files = ['a', 'b'].map((name): Entry => ['files[]', file(name, 'x'.repeat(600))])
    expect(await codeOf(readOne(request(files), 1000))).toBe('request.too-large')
  })

  test.each<[string, string, string]>([
    ['of another type', 'application/json', 'request.unsupported-type'],
    ['without a boundary', 'multipart/form-data', 'request.unsupported-type'],
    ['with the wrong boundary', 'multipart/form-data; boundary=x', 'request.invalid'],
  ])('%s is refused', async (_name, type, code) => {
    const headers = { 'content-type': type }
    const sent = new Request('http://localhost/', { method: 'POST', body: 'nonsense', headers })
    expect(await codeOf(readOne(sent, 1000))).toBe(code)
  })

  test.each<[string, Entry[]]>([
    [
      'a path that leads out',
      [
        ['files[]', file('a')],
        ['files[]', file('../b')],
      ],
    ],
    [
      'more paths than files',
      [
        ['files[]', file('a')],
        ['paths', 'a'],
        ['paths', 'b'],
      ],
    ],
    [
      'more than the limit',
      [
        ['files[]', file('a')],
        ['files[]', file('b', 'x'.repeat(2000))],
      ],
    ],
    ['more files than a request may have', many(1001)],
  ])('with %s leaves nothing behind', async (_name, entries) => {
    const place = openPlace()
    expect(await codeOf(readUpload(request(entries), place.options(1000)))).not.toBe('accepted')
    expect(place.held.size).toBe(0)
  })

  test('that breaks off in the middle of a file leaves nothing behind', async () => {
    const place = openPlace()
    const sent = stream([...partHead('a'), 'all of it', ...partHead('b'), 'the beginning'])
    expect(await codeOf(readUpload(sent, place.options(1000)))).toBe('request.invalid')
    expect(place.held.size).toBe(0)
  })

  test('whose client goes away in the middle of a file leaves nothing behind', async () => {
    const place = openPlace()
    const sent = stream([...partHead('a'), 'all of it', ...partHead('b'), 'the beginning'], true)
    await expect(readUpload(sent, place.options(1000))).rejects.toThrow('gone')
    expect(place.held.size).toBe(0)
  })

  test('is read no faster than it is stored, however large', async () => {
    const piece = 'x'.repeat(64 * 1024)
    const pieces = 512
    let sent = 0
    let stored = 0
    let ahead = 0
    const body = (function* () {
      yield* partHead('large')
      for (let count = 0; count < pieces; count++) {
        sent += piece.length
        ahead = Math.max(ahead, sent - stored)
        yield piece
      }
      yield '\r\n--edge--\r\n'
    })()
    const receive = async (content: AsyncIterable<Uint8Array>): Promise<ReceivedFile> => {
      for await (const chunk of content) {
        await new Promise((resolve) => setImmediate(resolve))
        stored += chunk.length
      }
      const place = () => Promise.reject(new Error('not to be placed'))
      return { sizeBytes: stored, place, discard: async () => {} }
    }
    await readUpload(stream(body), { maxBytes: pieces * piece.length, receive })
    expect(stored).toBe(pieces * piece.length)
    expect(ahead).toBeLessThan(1024 * 1024)
  })
})

function many(count: number): Entry[] {
  return Array.from({ length: count }, (_, index) => ['files[]', file(`f${index}`, '')])
}

const partHead = (name: string): string[] => [
  '\r\n--edge\r\n',
  `content-disposition: form-data; name="files[]"; filename="${name}"\r\n\r\n`,
]

/** A body that is made piece by piece as it is read, and may end as a lost connection does. */
function stream(pieces: Iterable<string>, breaks = false): Request {
  const rest = pieces[Symbol.iterator]()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = rest.next()
        if (!done) controller.enqueue(new TextEncoder().encode(value))
        else if (breaks) controller.error(new Error('the client is gone'))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' }
  return new Request('http://localhost/', { method: 'POST', body, headers })
}
