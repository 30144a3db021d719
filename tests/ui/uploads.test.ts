import { expect, test } from 'bun:test'
import { createUploadQueue, type Upload } from '../../ui/src/lib/upload-queue.ts'

/** A queue whose sending is done by hand. */
function openQueue() {
  const open = new Map<
    string,
    { resolve: () => void; reject: (error: Error) => void; onSent: (bytes: number) => void }
  >()
  const cancelled: string[] = []
  let uploads: readonly Upload[] = []
  const queue = createUploadQueue<string>({
    onChange: (next) => {
      uploads = next
    },
    send(path, _file, onSent) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      open.set(path, { resolve, reject, onSent })
      const cancel = (): void => {
        cancelled.push(path)
        reject(new Error('Cancelled.'))
      }
      return { done: promise, cancel }
    },
  })
  return {
    queue,
    open,
    cancelled,
    add: (...paths: string[]) => queue.add(paths.map((path) => ({ path, size: 10, file: path }))),
    states: () => uploads.map(({ path, state }) => `${path} ${state}`),
    find: (path: string) => uploads.find((each) => each.path === path),
  }
}

/** Lets promises that are settled be seen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('two uploads run at a time, and the next begins when one ends', async () => {
  const { add, states, open } = openQueue()
  add('a', 'b', 'c')
  expect(states()).toEqual(['a sending', 'b sending', 'c waiting'])
  open.get('a')?.onSent(4)
  open.get('a')?.resolve()
  await settle()
  expect(states()).toEqual(['a done', 'b sending', 'c sending'])
})

test('progress is that of the file, and stops with it', async () => {
  const { add, open, find, queue } = openQueue()
  add('a')
  open.get('a')?.onSent(7)
  expect(find('a')).toMatchObject({ sent: 7, size: 10 })
  queue.cancel(find('a')?.id ?? 0)
  open.get('a')?.onSent(9)
  await settle()
  expect(find('a')).toMatchObject({ sent: 7, state: 'cancelled' })
})

test('a failed upload says why and does not hold up the others; it can be tried again', async () => {
  const { add, open, find, states, queue } = openQueue()
  add('a', 'b', 'c')
  open.get('a')?.reject(new Error('It is too large.'))
  await settle()
  expect(find('a')).toMatchObject({ state: 'failed', error: 'It is too large.' })
  expect(states()).toContain('c sending')
  open.get('b')?.resolve()
  await settle()
  queue.retry(find('a')?.id ?? 0)
  expect(find('a')).toMatchObject({ state: 'sending', sent: 0 })
})

test('what waits is cancelled without being sent, what is sent is stopped', async () => {
  const { add, queue, states, cancelled, open } = openQueue()
  add('a', 'b', 'c')
  queue.cancelAll()
  await settle()
  expect(states()).toEqual(['a cancelled', 'b cancelled', 'c cancelled'])
  expect(cancelled).toEqual(['a', 'b'])
  expect(open.has('c')).toBe(false)
})

test('what has ended can be cleared, what is under way stays', async () => {
  const { add, queue, states, open } = openQueue()
  add('a', 'b')
  open.get('a')?.resolve()
  await settle()
  queue.clear()
  expect(states()).toEqual(['b sending'])
})
