import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLineReader } from '#agents/claude/lines.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('a line knows the bytes it came from, so reading can go on behind it', () => {
  const reader = createLineReader({ offset: 100 })
  expect(reader.push(bytes('größe\nzwei\ndr'))).toEqual([
    { start: 100, end: 108, text: 'größe' },
    { start: 108, end: 113, text: 'zwei' },
  ])
  expect(reader.offset()).toBe(113)
  expect(reader.pendingBytes()).toBe(2)
  expect(reader.push(bytes('ei\n'))).toEqual([{ start: 113, end: 118, text: 'drei' }])
})

test('any chunking of any text gives the lines of that text', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40), { maxLength: 60 }), (lines, lengths) => {
      const all = bytes(lines.map((text) => `${text}\n`).join(''))
      const reader = createLineReader()
      const read: string[] = []
      let from = 0
      for (const length of [...lengths, all.length]) {
        // One buffer for all chunks, as a stream may do it: the reader must not keep what it was lent.
        const lent = all.slice(from, from + length)
        for (const line of reader.push(lent)) if ('text' in line) read.push(line.text)
        lent.fill(0)
        from += length
      }
      expect(read).toEqual(lines)
      expect(reader.offset()).toBe(all.length)
    }),
  )
})

test('a line that is only skimmed has its beginning and its last character', () => {
  const reader = createLineReader({ skim: '{"a":' })
  const lines = ['{"a":[1,2,3]}', '{"b":1}', '{"a":cut', '{"a":', '{"a"', '{"a":é}']
  const read = [...bytes(lines.map((line) => `${line}\n`).join(''))].flatMap((byte) =>
    reader.push(Uint8Array.of(byte)),
  )
  expect(read.map((line) => 'text' in line && line.text)).toEqual([
    '{"a":}',
    '{"b":1}',
    '{"a":t',
    '{"a":',
    '{"a"',
    '{"a":}',
  ])
  expect(read.at(-1)?.end).toBe(reader.offset())
})

test('an endless line is skipped without being kept, and the next one is read', () => {
  const reader = createLineReader({ maxBytes: 10 })
  expect(reader.push(bytes('ok\n01234'))).toEqual([{ start: 0, end: 3, text: 'ok' }])
  for (let piece = 0; piece < 1000; piece++) expect(reader.push(bytes('0123456789'))).toEqual([])
  expect(reader.pendingBytes()).toBe(10_005)
  expect(reader.push(bytes('\nnext\n0123456789\n0123456789x\n'))).toEqual([
    { start: 3, end: 10_009, oversizedBytes: 10_005 },
    { start: 10_009, end: 10_014, text: 'next' },
    { start: 10_014, end: 10_025, text: '0123456789' },
    { start: 10_025, end: 10_037, oversizedBytes: 11 },
  ])
})
