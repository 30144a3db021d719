/** Secrets in what an agent prints: hidden before a byte is stored, wherever the stream is cut. */
import { expect, test } from 'bun:test'
import { createOutputMask } from '#agents/output-mask.ts'
import { createMask } from '#lib/byte-mask.ts'

const secret = 's3cr€t"\\0123456789'
const mask = createMask([secret])
const delta = (text: string, more: object = {}) =>
  `${JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, ...more })}\n`
const stop = `${JSON.stringify({ type: 'stream_event', event: { type: 'content_block_stop', index: 0 } })}\n`
const said = (text: string) => `${JSON.stringify({ type: 'assistant', message: { text } })}\n`
const half = 7
const bits = [
  delta(`It is ${secret.slice(0, half)}`),
  delta(secret.slice(half, -2)),
  delta(`${secret.slice(-2)}!`),
  stop,
]
const whole = [said('hello'), ...bits, said(`now ${secret} again`), `torn ${secret}`].join('')
const bytes = Buffer.from(whole)

function play(cuts: readonly number[]): string {
  const output = createOutputMask(mask)
  const parts: Uint8Array[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    parts.push(Uint8Array.from(output.push(bytes.subarray(from, to))))
    from = to
  }
  return Buffer.concat([...parts, output.end()]).toString()
}

/** What a viewer makes of the bits. */
const spoken = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.includes('text_delta'))
    .map((line) => JSON.parse(line).event.delta.text)
    .join('')

test('a secret is hidden whether it is printed at once or bit by bit, and every offset stays', () => {
  const masked = play([])
  expect(Buffer.byteLength(masked)).toBe(bytes.length)
  expect(masked).not.toMatch(/s3cr|0123|6789|€/)
  expect(spoken(masked)).toMatch(/^It is \*+!$/)
  expect(masked).toContain('hello')
  for (const line of masked.split('\n').slice(0, -1)) expect(() => JSON.parse(line)).not.toThrow()
})

test('the same wherever the stream is cut', () => {
  const expected = play([])
  for (let cut = 1; cut < bytes.length; cut += 3) expect(play([cut])).toBe(expected)
  expect(play(Array.from({ length: bytes.length - 1 }, (_, index) => index + 1))).toBe(expected)
})

test('nothing is stored that ends in what may be the beginning of one, so that a server can begin anew behind it', () => {
  const [first = '', second = '', third = ''] = bits
  const output = createOutputMask(mask)
  expect(output.push(Buffer.from(said('hello')))).toHaveLength(said('hello').length)
  expect(output.push(Buffer.from(first))).toHaveLength(0)
  expect(output.push(Buffer.from(second))).toHaveLength(0)
  expect(output.push(Buffer.from(third))).toHaveLength(Buffer.byteLength(first + second + third))
  const other = createOutputMask(mask)
  expect(other.push(Buffer.from(first))).toHaveLength(0)
  expect(other.push(Buffer.from(delta('3 and on')))).not.toHaveLength(0)
})

test('a message that was cut off holds nothing back: neither the result of its turn nor the next message', () => {
  for (const line of ['{"type":"result"}\n', '{"type":"assistant"}\n', '{"type":"system"}\n']) {
    const output = createOutputMask(mask)
    expect(output.push(Buffer.from(bits[0] ?? ''))).toHaveLength(0)
    expect(output.push(Buffer.from(line))).toHaveLength(Buffer.byteLength((bits[0] ?? '') + line))
  }
})

test('what two subagents say at the same time is told apart', () => {
  const [one, two] = [{ parent_tool_use_id: 'a' }, { parent_tool_use_id: 'b' }]
  const output = createOutputMask(mask)
  const text = [
    delta(secret.slice(0, half), one),
    delta('plain', two),
    delta(secret.slice(half), one),
  ].join('')
  const masked = Buffer.concat([output.push(Buffer.from(text)), output.end()]).toString()
  expect(spoken(masked)).toMatch(/^\*+plain\*+$/)
})

test('without secrets every byte goes through at once', () => {
  const given = Buffer.from('half a li')
  expect(createOutputMask(createMask([])).push(given)).toBe(given)
})
