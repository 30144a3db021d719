import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createHotTail } from '#streams/hot-tail.ts'

test('whatever the ring still holds is read exactly, anything else not at all', () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.array(fc.record({ size: fc.nat(50), from: fc.nat(60), length: fc.nat(60) })),
      (start, steps) => {
        const capacity = 32
        const tail = createHotTail({ start, capacity })
        const byteAt = (offset: number) => (offset * 7) % 251
        const range = (from: number, to: number) =>
          Uint8Array.from({ length: to - from }, (_, n) => byteAt(from + n))
        let end = start
        for (const { size, from: back, length } of steps) {
          tail.append(end, range(end, end + size))
          end += size
          const from = Math.max(0, end - back)
          for (const to of [from + length, Math.min(end, from + length)]) {
            const held = from >= Math.max(start, end - capacity) && to <= end
            const read = tail.read(from, to)
            if (held) expect(read?.bytes).toEqual(range(from, to))
            else expect(read).toBeUndefined()
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a piece has room for a header in front, in the same memory', () => {
  const tail = createHotTail({ start: 0, capacity: 8 })
  tail.append(0, Uint8Array.of(1, 2, 3))
  const piece = tail.read(0, 3)
  expect(piece?.frame.subarray(-3)).toEqual(Uint8Array.of(1, 2, 3))
  expect(piece?.frame.buffer).toBe(piece?.bytes.buffer as ArrayBuffer)
  expect(piece?.frame.length).toBe(15)
})
