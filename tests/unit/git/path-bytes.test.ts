import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isQuotedPath, pathFromBytes, pathToBytes, splitNul } from '#git/path-bytes.ts'

test('whatever bytes name a file, the name leads back to them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
      expect(Array.from(pathToBytes(pathFromBytes(bytes)))).toEqual(Array.from(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('a name that is UTF-8 is shown as it is, even when it looks quoted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const bytes = new TextEncoder().encode(name)
      expect(pathFromBytes(bytes)).toBe(name)
    }),
  )
  expect(pathFromBytes(new TextEncoder().encode('"a"'))).toBe('"a"')
  expect(isQuotedPath('"a"')).toBe(false)
})

test('a name that is not UTF-8 is plain ASCII in the form git prints', () => {
  const name = pathFromBytes(Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x22, 0x5c, 0x0a]))

  expect(name).toBe('"caf\\351\\"\\\\\\012"')
  expect(isQuotedPath(name)).toBe(true)
})

test('records are split at NUL, with or without one at the end', () => {
  const split = (text: string) =>
    splitNul(new TextEncoder().encode(text)).map((piece) => new TextDecoder().decode(piece))

  expect(split('')).toEqual([])
  expect(split('a\0b\0')).toEqual(['a', 'b'])
  expect(split('a\0\0b')).toEqual(['a', '', 'b'])
})
