import { describe, expect, test } from 'bun:test'
import { ApiError } from '../../ui/src/data/api.ts'
import {
  createUploadQueue,
  describeUpload,
  nextBatch,
  overLimit,
  shareProgress,
} from '../../ui/src/data/upload-queue.ts'
import {
  type DroppedEntry,
  fromEntries,
  fromPaste,
  type SendOptions,
} from '../../ui/src/lib/picked-files.ts'

const file = (path: string, size = 10) => ({ path, file: new File([new Uint8Array(size)], path) })
const turn = async () => {
  for (let at = 0; at < 10; at++) await Promise.resolve()
}

/** A server that takes what the test lets through, one request after the other. */
function setUp() {
  const requests: {
    paths: string[]
    options: SendOptions
    end(error?: ApiError): Promise<void>
  }[] = []
  const queue = createUploadQueue(
    (_task, files, options) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () =>
          reject(new ApiError('stopped', { code: 'stopped', status: 0 })),
        )
        requests.push({
          paths: files.map(({ path }) => path),
          options,
          end: (error) => {
            if (error) reject(error)
            else resolve()
            return turn()
          },
        })
      }),
  )
  const states = () => Object.fromEntries(queue.items.map(({ path, state }) => [path, state]))
  return { queue, requests, states }
}

test('small files travel together and a large one alone', () => {
  const sized = (size: number) => ({ file: { size } })
  const mebibyte = 1024 * 1024
  expect(nextBatch([sized(1), sized(2 * mebibyte), sized(3)])).toHaveLength(2)
  expect(nextBatch([sized(2 * mebibyte), sized(1)])).toHaveLength(1)
  expect(nextBatch(Array.from({ length: 300 }, () => sized(1)))).toHaveLength(100)
  expect(nextBatch(Array.from({ length: 9 }, () => sized(mebibyte)))).toHaveLength(4)
  expect(nextBatch([])).toEqual([])
})

test('progress of a request belongs to its files in their order', () => {
  expect(shareProgress([10, 10, 20], 15)).toEqual([1, 0.5, 0])
  expect(shareProgress([10, 0], 200)).toEqual([1, 1])
})

describe('a queue of uploads', () => {
  test('sends everything once and says how far each file is', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a', 10), file('b', 30), file('big', 2 * 1024 * 1024)])

    const all = queue.run('t1')
    expect(requests[0]?.paths).toEqual(['a', 'b'])
    requests[0]?.options.onProgress(25)
    expect(queue.items.map(({ progress }) => progress)).toEqual([1, 0.5, 0])
    expect(describeUpload(queue.items)).toBe('Uploading 1 of 3, 25 B of 2.0 MB')
    await requests[0]?.end()
    expect(states()).toEqual({ a: 'done', b: 'done', big: 'sending' })
    await requests[1]?.end()

    expect(await all).toBe(true)
    expect(requests).toHaveLength(2)
    expect(describeUpload(queue.items)).toBe('')
  })

  test('taking out a file that travels stops its request, and the others go again', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a'), file('b')])
    const all = queue.run('t1')

    queue.remove('a')
    await turn()

    expect(requests[0]?.options.signal.aborted).toBe(true)
    expect(requests[1]?.paths).toEqual(['b'])
    await requests[1]?.end()
    expect(await all).toBe(true)
    expect(states()).toEqual({ b: 'done' })
  })

  test('a refused file is named, the rest goes on, and it is tried again with the next run', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a'), file('con'), file('c')])
    const all = queue.run('t1')
    const details = { failed: 'con', stored: [{ name: 'a', path: 'input/a', size: 10 }] }
    await requests[0]?.end(
      new ApiError('Not that name.', { code: 'file.forbidden', status: 403, details }),
    )
    expect(requests[1]?.paths).toEqual(['c'])
    await requests[1]?.end()

    expect(await all).toBe(false)
    expect(states()).toEqual({ a: 'done', con: 'failed', c: 'done' })
    expect(queue.items[1]?.error).toBe('Not that name.')

    const again = queue.run('t1')
    expect(requests[2]?.paths).toEqual(['con'])
    await requests[2]?.end()
    expect(await again).toBe(true)
  })

  test('what is added while something travels goes with the next request', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a')])
    const all = queue.send('t1')
    queue.add([file('b')])
    const again = queue.send('t1')
    expect(requests).toHaveLength(1)
    await requests[0]?.end()
    expect(states()).toEqual({ a: 'done', b: 'sending' })
    await requests[1]?.end()
    await Promise.all([all, again])
    expect(states()).toEqual({ a: 'done', b: 'done' })
  })

  test('a file that is replaced while it travels is sent again', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a', 10)])
    const all = queue.send('t1')
    queue.add([file('a', 20)])
    await turn()
    expect(requests[0]?.options.signal.aborted).toBe(true)
    expect(requests).toHaveLength(2)
    expect(states()).toEqual({ a: 'sending' })
    await requests[1]?.end()
    await all
    expect(states()).toEqual({ a: 'done' })
  })

  test('what is cancelled stays listed and is not sent, until it is tried again', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a'), file('b')])
    const all = queue.send('t1')
    requests[0]?.options.onProgress(5)
    queue.cancel('a')
    requests[0]?.options.onProgress(10)
    await turn()
    expect(requests[1]?.paths).toEqual(['b'])
    expect(states()).toEqual({ a: 'cancelled', b: 'sending' })
    expect(queue.items[0]?.progress).toBe(0)
    await requests[1]?.end()
    await all

    queue.retry('b')
    queue.retry('a')
    const again = queue.send('t1')
    expect(requests[2]?.paths).toEqual(['a'])
    await requests[2]?.end()
    await again
    queue.clearEnded()
    expect(states()).toEqual({})
  })

  test('cancelling everything sends nothing more', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('big', 2 * 1024 * 1024), file('b')])
    const all = queue.send('t1')
    queue.cancelAll()
    await all
    expect(requests).toHaveLength(1)
    expect(requests[0]?.options.signal.aborted).toBe(true)
    expect(states()).toEqual({ big: 'cancelled', b: 'cancelled' })
    queue.clearEnded()
    expect(queue.items).toHaveLength(0)
  })

  test('a failed upload waits to be tried again and does not hold up the others', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('big', 2 * 1024 * 1024), file('b')])
    const all = queue.send('t1')
    await requests[0]?.end(new ApiError('It is too large.', { code: 'x', status: 413 }))
    await requests[1]?.end()
    await all
    expect(states()).toEqual({ big: 'failed', b: 'done' })
    expect(queue.items[0]?.error).toBe('It is too large.')
  })

  test('stopping keeps what has arrived', async () => {
    const { queue, requests, states } = setUp()
    queue.add([file('a', 2 * 1024 * 1024), file('b')])
    const all = queue.run('t1')
    await requests[0]?.end()
    queue.stop()

    expect(await all).toBe(false)
    expect(states()).toEqual({ a: 'done', b: 'waiting' })
    expect(requests).toHaveLength(2)
  })
})

test('a file over the limit says both sizes', () => {
  expect(overLimit(10, 10)).toBeUndefined()
  expect(overLimit(10, undefined)).toBeUndefined()
  expect(overLimit(300 * 1024 ** 2, 100 * 1024 ** 2)).toBe(
    '300 MB is over the limit of 100 MB for one upload.',
  )
})

describe('what is dropped', () => {
  const leaf = (name: string): DroppedEntry => ({
    name,
    isDirectory: false,
    file: (done) => done(new File([], name)),
  })
  /** Hands out its entries in portions, as browsers do. */
  const folder = (name: string, ...portions: DroppedEntry[][]): DroppedEntry => ({
    name,
    isDirectory: true,
    createReader: () => ({ readEntries: (done) => done(portions.shift() ?? []) }),
  })

  test('is every file of every folder with its path, without .git', async () => {
    const found = await fromEntries([
      folder('src', [leaf('a.ts'), folder('lib', [leaf('b.ts')])], [leaf('c.ts')]),
      folder('.git', [leaf('config')]),
      leaf('readme.md'),
    ])
    expect(found.map(({ path }) => path)).toEqual([
      'src/a.ts',
      'src/lib/b.ts',
      'src/c.ts',
      'readme.md',
    ])
  })

  test('pasted pictures get names of their own', () => {
    const picture = () => new File([], 'image.png')
    expect(fromPaste([picture(), picture()], ['image.png']).map(({ path }) => path)).toEqual([
      'image-2.png',
      'image-3.png',
    ])
  })
})
