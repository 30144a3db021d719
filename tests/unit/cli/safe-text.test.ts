import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { toSafeJson, toSafeLine, toSafeText } from '#cli/client/safe-text.ts'

test.each([
  ['\u001b]52;c;aGk=\u0007', '␛]52;c;aGk=␇'],
  ['\u009b31mred', '\ufffd31mred'],
  ['a\rb', 'a␍b'],
  ['a\r\nb\tc', 'a\nb\tc'],
  ['a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
  ['\u007f', '␡'],
  ['naïve 漢字 👩‍👩‍👧', 'naïve 漢字 👩‍👩‍👧'],
  ['\ud800', '\ufffd'],
])('%j is shown as %j', (text, shown) => {
  expect(toSafeText(text)).toBe(shown)
})

test('a line has no line breaks', () => {
  expect(toSafeLine(' a\n\u2028b\t\u0085c ')).toBe('a b \ufffdc')
})

test('whatever the text, nothing but text is left of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(toSafeText(text)).not.toMatch(/[^\P{Cc}\n\t]/u)
    }),
  )
})

test('JSON made safe has the same value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = toSafeJson({ [text]: [text] }, 2)
      expect(json).not.toMatch(/[^\P{Cc}\n]/u)
      expect(JSON.parse(json)).toEqual({ [text]: [text] })
    }),
  )
})
