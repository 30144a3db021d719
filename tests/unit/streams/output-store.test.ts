import { afterEach, expect, test } from 'bun:test'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { createOutputStore, type OutputStoreOptions } from '#streams/output-store.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function temporaryDirectory() {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-streams-'))
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function openStore(options: Partial<OutputStoreOptions> = {}) {
  const store = createOutputStore({ dir: options.dir ?? temporaryDirectory(), ...options })
  cleanups.push(() => store.close())
  return store
}

const agent = '6f9619ff-8b86-4011-b42d-00c04fc964ff'
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array) => new TextDecoder().decode(data)

test('what was appended is read back from any offset, and an agent that never printed has nothing', async () => {
  const store = openStore()
  expect(store.size(agent)).toBe(0)
  expect(await store.read(agent, 0, 100)).toHaveLength(0)
  expect(store.append(agent, 0, bytes('hello '))).toBe(6)
  expect(store.append(agent, 6, bytes('world'))).toBe(11)
  expect(text(await store.read(agent, 0, 11))).toBe('hello world')
  expect(text(await store.read(agent, 4, 99))).toBe('o world')
  expect(await store.read(agent, 11, 99)).toHaveLength(0)
})

test('bytes that are stored already are dropped and a hole is refused', async () => {
  const store = openStore()
  store.append(agent, 0, bytes('abcdef'))
  expect(store.append(agent, 3, bytes('defghi'))).toBe(9)
  expect(store.append(agent, 0, bytes('abc'))).toBe(9)
  expect(() => store.append(agent, 10, bytes('x'))).toThrow('9 are stored')
  expect(text(await store.read(agent, 0, 99))).toBe('abcdefghi')
})

test('a store opened again goes on at the size of the file', async () => {
  const dir = temporaryDirectory()
  openStore({ dir }).append(agent, 0, bytes('one\n'))
  const again = openStore({ dir })
  expect(again.size(agent)).toBe(4)
  expect(again.isEnded(agent)).toBe(false)
  again.append(agent, 4, bytes('two\n'))
  expect(text(await again.read(agent, 0, 99))).toBe('one\ntwo\n')
})

test('the end mark survives a restart and printing again takes it off', () => {
  const dir = temporaryDirectory()
  const store = openStore({ dir })
  store.append(agent, 0, bytes('all of it'))
  store.end(agent)
  expect(openStore({ dir }).isEnded(agent)).toBe(true)
  store.append(agent, 9, bytes(', and more'))
  expect(store.isEnded(agent)).toBe(false)
  expect(openStore({ dir }).isEnded(agent)).toBe(false)
  expect(readdirSync(dir)).toEqual([`${agent}.ndjson`])
})

test('an end mark that does not fit the size of the file does not count', () => {
  const dir = temporaryDirectory()
  const store = openStore({ dir })
  store.append(agent, 0, bytes('0123456789'))
  store.end(agent)
  store.close()
  truncateSync(join(dir, `${agent}.ndjson`), 7)
  expect(openStore({ dir }).isEnded(agent)).toBe(false)
  writeFileSync(join(dir, `${agent}.end`), 'garbage')
  expect(openStore({ dir }).isEnded(agent)).toBe(false)
})

test('listeners hear every append and the end in order, in the same tick, and not after closing', () => {
  const store = openStore()
  const heard: unknown[] = []
  const subscription = store.subscribe(agent, (change) => heard.push(change))
  store.append(agent, 0, bytes('ab'))
  expect(heard).toEqual([{ size: 2, ended: false }])
  store.append(agent, 1, bytes('b'))
  store.append(agent, 2, bytes('c'))
  store.end(agent)
  store.end(agent)
  expect(heard).toEqual([
    { size: 2, ended: false },
    { size: 3, ended: false },
    { size: 3, ended: true },
  ])
  subscription.close()
  subscription.close()
  store.append(agent, 3, bytes('d'))
  expect(heard).toHaveLength(3)
})

test('a removed output is gone from disk and memory, and its listeners are told', async () => {
  const dir = temporaryDirectory()
  const store = openStore({ dir })
  store.append(agent, 0, bytes('secret'))
  store.end(agent)
  const heard: unknown[] = []
  using _subscription = store.subscribe(agent, (change) => heard.push(change))
  await store.remove(agent)
  expect(heard).toEqual([{ size: 0, ended: true, removed: true }])
  expect(readdirSync(dir)).toEqual([])
  expect(store.size(agent)).toBe(0)
  expect(store.isEnded(agent)).toBe(false)
})

test('a read that runs while its output is removed gets its bytes', async () => {
  const store = openStore({ tailTotalBytes: 0 })
  store.append(agent, 0, new Uint8Array(1_000_000).fill(7))
  const reading = store.read(agent, 0, 1_000_000)
  await store.remove(agent)
  expect((await reading).every((byte) => byte === 7)).toBe(true)
})

test.each(['', '.', '..', '../x', 'a/b', 'a\0b', 'a.b', '-rf', 'é', 'a'.repeat(65)])(
  'an agent id that is no id never becomes a path: %j',
  (id) => {
    const dir = temporaryDirectory()
    const store = openStore({ dir })
    expect(() => store.append(id, 0, bytes('x'))).toThrow('not the id of an agent')
    expect(() => store.size(id)).toThrow('not the id of an agent')
    expect(readdirSync(dir)).toEqual([])
  },
)

test('more agents than file descriptors are written and read side by side', async () => {
  const store = openStore({ maxOpenFiles: 3 })
  const agents = Array.from({ length: 12 }, (_, n) => `agent-${n}`)
  for (let round = 0; round < 5; round++)
    for (const id of agents) store.append(id, round * 2, bytes(`${round}\n`))
  const all = await Promise.all(agents.map((id) => store.read(id, 0, 99)))
  expect(all.map(text)).toEqual(agents.map(() => '0\n1\n2\n3\n4\n'))
})

test('memory holds the newest bytes while somebody watches, within the total', () => {
  const store = openStore({ tailBytes: 8, tailTotalBytes: 16 })
  store.append('a', 0, bytes('before'))
  const watching = ['a', 'b', 'c'].map((id) => store.subscribe(id, () => {}))
  expect(store.readHot('a', 0, 6)).toBeUndefined()
  store.append('a', 6, bytes('0123456789'))
  expect(store.readHot('a', 7, 16)).toBeUndefined()
  expect(text(store.readHot('a', 8, 16)?.bytes ?? bytes(''))).toBe('23456789')
  store.append('b', 0, bytes('b'))
  store.append('c', 0, bytes('c'))
  expect(text(store.readHot('b', 0, 1)?.bytes ?? bytes(''))).toBe('b')
  expect(store.readHot('c', 0, 1)).toBeUndefined()
  for (const subscription of watching) subscription.close()
  expect(store.readHot('b', 0, 1)).toBeUndefined()
  using _later = store.subscribe('c', () => {})
  store.append('c', 1, bytes('d'))
  expect(text(store.readHot('c', 1, 2)?.bytes ?? bytes(''))).toBe('d')
})

test('a full disk is said in a sentence that says what to do', () => {
  const dir = temporaryDirectory()
  const store = openStore({ dir })
  symlinkSync('/dev/full', join(dir, `${agent}.ndjson`))
  expect(() => store.append(agent, 0, bytes('x'))).toThrow('free some space')
  expect(store.size(agent)).toBe(0)
})

test('random appends of the truth in random overlapping pieces store exactly the truth', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 4000 }),
      fc.array(fc.record({ back: fc.nat(300), length: fc.nat(900), restart: fc.boolean() }), {
        maxLength: 40,
      }),
      fc.boolean(),
      async (truth, pieces, watched) => {
        const dir = temporaryDirectory()
        const small = { dir, tailBytes: 128, tailTotalBytes: 128, maxOpenFiles: 1 }
        let store = openStore(small)
        for (const { back, length, restart } of pieces) {
          if (restart) store = openStore(small)
          if (watched) store.subscribe(agent, () => {})
          const size = store.size(agent)
          const offset = Math.max(0, size - back)
          const end = Math.min(truth.length, offset + length)
          expect(store.append(agent, offset, truth.subarray(offset, end))).toBe(Math.max(size, end))
          const stored = store.size(agent)
          const from = Math.max(0, stored - back)
          expect(await store.read(agent, from, stored)).toEqual(truth.slice(from, stored))
        }
        const size = store.size(agent)
        expect(await store.read(agent, 0, size)).toEqual(truth.slice(0, size))
        if (size > 0)
          expect(new Uint8Array(readFileSync(join(dir, `${agent}.ndjson`)))).toEqual(
            truth.slice(0, size),
          )
        for (const cleanup of cleanups.splice(0).reverse()) cleanup()
      },
    ),
    { numRuns: 60 },
  )
})
