import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Demuxer } from '#docker/demux.ts'

const channels = { stdout: 1, stderr: 2 } as const
type Channel = keyof typeof channels

function frame(channel: Channel, payload: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8)
  header[0] = channels[channel]
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

function collect(chunks: Uint8Array[]): Record<Channel, string> {
  const demuxer = new Demuxer()
  const out: Record<Channel, Uint8Array[]> = { stdout: [], stderr: [] }
  for (const chunk of chunks)
    for (const piece of demuxer.push(chunk)) out[piece.channel].push(piece.bytes)
  return {
    stdout: Buffer.concat(out.stdout).toString('hex'),
    stderr: Buffer.concat(out.stderr).toString('hex'),
  }
}

describe('the demuxer', () => {
  test('gives every channel its bytes in order, wherever the stream is cut', () => {
    const frames = fc.array(
      fc.record({
        channel: fc.constantFrom<Channel>('stdout', 'stderr'),
        payload: fc.uint8Array({ maxLength: 40 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(frames, fc.array(fc.nat(9), { minLength: 1 }), (parts, sizes) => {
        const whole = Buffer.concat(parts.map((part) => frame(part.channel, part.payload)))
        const chunks: Uint8Array[] = []
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const size = (sizes[turn % sizes.length] ?? 0) + 1
          chunks.push(whole.subarray(at, at + size))
          at += size
        }
        const expected = (channel: Channel): string =>
          Buffer.concat(
            parts.filter((part) => part.channel === channel).map((part) => part.payload),
          ).toString('hex')
        expect(collect(chunks)).toEqual({
          stdout: expected('stdout'),
          stderr: expected('stderr'),
        })
      }),
    )
  })

  test('hands out what has come of a frame that is not complete yet', () => {
    const demuxer = new Demuxer()
    const bytes = frame('stdout', Buffer.from('a prompt without its end'))
    const pieces = demuxer.push(bytes.subarray(0, 16))
    expect(pieces.map((piece) => Buffer.from(piece.bytes).toString())).toEqual(['a prompt'])
  })

  test('refuses a stream that is not multiplexed', () => {
    expect(() => new Demuxer().push(Buffer.from('plain text'))).toThrow('not multiplexed')
  })
})
