import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
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
const read = async (entries: Entry[]) =>
  await Promise.all(
    (await readUpload(request(entries), 1000)).map(async ({ path, content }) => [
      path,
      Buffer.concat(await Array.fromAsync(content())).toString(),
    ]),
  )

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
    expect(await codeOf(readUpload(request(entries), 1000))).toBe('request.invalid')
  })

  test('that is too large is refused', async () => {
    const one = (size: number): Request => request([['files[]', file('a', 'x'.repeat(size))]])
    expect(await codeOf(readUpload(one(1000), 1000))).toBe('accepted')
    expect(await codeOf(readUpload(one(1001), 1000))).toBe('request.too-large')
    expect(await codeOf(readUpload(one(3_000_000), 1000))).toBe('request.too-large')
  })

  test('of small files that are too large together is refused', async () => {
    const files = ['a', 'b'].map((name): Entry => ['files[]', file(name, 'x'.repeat(600))])
    expect(await codeOf(readUpload(request(files), 1000))).toBe('request.too-large')
  })

  test.each<[string, string, string]>([
    ['of another type', 'application/json', 'request.unsupported-type'],
    ['without a boundary', 'multipart/form-data', 'request.unsupported-type'],
    ['with the wrong boundary', 'multipart/form-data; boundary=x', 'request.invalid'],
  ])('%s is refused', async (_name, type, code) => {
    const headers = { 'content-type': type }
    const sent = new Request('http://localhost/', { method: 'POST', body: 'nonsense', headers })
    expect(await codeOf(readUpload(sent, 1000))).toBe(code)
  })
})
