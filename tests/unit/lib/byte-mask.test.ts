/** Hiding secrets in bytes without moving any. */
import { expect, test } from 'bun:test'
import { createMask, maskedStream } from '#lib/byte-mask.ts'

const secret = 'p"ss\\wörd-0123456789'
const lines = 'first line of a key\nsecond line of it'
const mask = createMask([secret, lines, 'short'])
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a secret is hidden as it is, by lines, and as JSON writes it, and every offset stays', () => {
  const once = JSON.stringify({ output: secret })
  const texts = [
    `a ${secret} b ${secret}`,
    once,
    JSON.stringify({ input: once }),
    JSON.stringify({ key: lines }),
    'only "second line of it"',
  ]
  for (const text of texts) {
    const masked = mask.text(text)
    expect(masked).toContain('********')
    expect(masked).not.toMatch(/0123456789|line of/)
    expect(bytes(masked)).toHaveLength(bytes(text).length)
    if (text.startsWith('{')) expect(() => JSON.parse(masked)).not.toThrow()
  }
})

test('what is too short to be a secret, and everything else, stays as it is', () => {
  const text = 'short and p"ss'
  expect(mask.text(text)).toBe(text)
  const empty = createMask([])
  expect(empty.isEmpty).toBe(true)
  const given = bytes(secret)
  expect(empty.bytes(given)).toBe(given)
})

test('it is hidden wherever the stream is cut, and nothing waits that cannot be a secret', () => {
  const all = bytes(`before ${secret} after ${secret.slice(0, 5)}`)
  for (let cut = 0; cut <= all.length; cut += 1) {
    const stream = maskedStream(mask)
    const parts = [stream.push(all.subarray(0, cut)), stream.push(all.subarray(cut))]
    const text = Buffer.concat([...parts, stream.end()]).toString()
    expect(text).toBe(`before ${'*'.repeat(bytes(secret).length)} after ${secret.slice(0, 5)}`)
  }
  expect(maskedStream(mask).push(bytes('plain p'))).toHaveLength('plain '.length)
  expect(maskedStream(mask).push(bytes('plain'))).toHaveLength('plain'.length)
})
