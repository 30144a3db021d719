import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLineReader } from '#agents/claude/lines.ts'
import type { SessionEffect } from '#agents/claude/session.ts'
import { play, readRecording, recordingNames } from '../../../support/recordings.ts'
import { isQuick } from '../../../support/thorough.ts'
import { expected } from './expected.ts'

const turnsOf = (effects: SessionEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'turn' ? [effect.result] : []))

function summary(effects: SessionEffect[]): string[] {
  return turnsOf(effects).map(({ outcome }) => {
    if (outcome.kind === 'failed') return outcome.code + (outcome.retryable ? ', retryable' : '')
    return outcome.kind + ('structured' in outcome ? ', structured' : '')
  })
}

function* pieces(bytes: Uint8Array, cuts: number[]): Generator<Uint8Array> {
  let from = 0
  for (const cut of cuts) {
    yield bytes.subarray(from, cut)
    from = cut
  }
  yield bytes.subarray(from)
}

describe('every recording of the real CLI, whole', () => {
  test('the table covers exactly the recordings there are', () => {
    expect(Object.keys(expected).sort()).toEqual(recordingNames)
  })

  for (const name of recordingNames)
    test(`${name} comes to what it was recorded to show`, () => {
      const { state, effects } = play([readRecording(name)])
      expect({
        session: state.sessionId?.slice(0, 8),
        turns: summary(effects),
        modelTurns: state.totals.turns,
        costUsd: Number(state.totals.costUsd.toFixed(6)),
      }).toEqual(expected[name] as NonNullable<(typeof expected)[string]>)
    })

  test('only output that is not stream-json at all counts as damaged', () => {
    const damaged = recordingNames.filter((name) => play([readRecording(name)]).state.damagedLines)
    expect(damaged).toEqual(['json-out', 'text-out', 'textmode-err'])
  })
})

describe('every recording, cut anywhere', () => {
  const small = recordingNames.filter((name) => readRecording(name).length < 5500)

  /** Every byte in the thorough run. It is prime, so that every kind of place is met. */
  const apart = isQuick ? 13 : 1

  test('two pieces cut at any byte of a small recording give the same lines', () => {
    expect(small.length).toBeGreaterThan(50)
    for (const name of small) {
      const bytes = readRecording(name)
      const lines = createLineReader().push(bytes)
      for (let cut = 0; cut <= bytes.length; cut += apart) {
        const reader = createLineReader()
        const first = reader.push(bytes.subarray(0, cut))
        const again = [...first, ...reader.push(bytes.subarray(cut))]
        if (!Bun.deepEquals(again, lines))
          expect({ name, cut, again }).toEqual({ name, cut, again: lines })
      }
    }
  }, 60_000)

  test('single bytes, and any chunking, give the same session', () => {
    for (const name of recordingNames) {
      const bytes = readRecording(name)
      const whole = play([bytes])
      const everyByte = Array.from(
        { length: Math.min(bytes.length, isQuick ? 4000 : 20_000) },
        (_, at) => at,
      )
      expect(play(pieces(bytes, everyByte)).state).toEqual(whole.state)
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...recordingNames),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (name, shares) => {
          const bytes = readRecording(name)
          const cuts = shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b)
          const again = play(pieces(bytes, cuts))
          expect(again.effects).toEqual(play([bytes]).effects)
        },
      ),
      { numRuns: 200 },
    )
  }, 120_000)

  test('a prefix of a recording never holds a turn that the whole does not', () => {
    for (const name of recordingNames) {
      const bytes = readRecording(name)
      const turns = turnsOf(play([bytes]).effects)
      for (let share = 0; share < 1; share += 0.02) {
        const early = turnsOf(play([bytes.subarray(0, Math.floor(bytes.length * share))]).effects)
        expect(early).toEqual(turns.slice(0, early.length))
      }
    }
  })
})

describe('every recording, damaged', () => {
  const completed = (effects: SessionEffect[]) =>
    turnsOf(effects).filter(({ outcome }) => outcome.kind === 'completed').length
  const damage = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('drop' as const), at: fc.nat(), length: fc.nat(400) }),
    fc.record({ kind: fc.constant('cut-lines' as const), at: fc.nat(), keep: fc.nat(300) }),
    fc.record({
      kind: fc.constant('garbage' as const),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 60 }),
    }),
  )
  type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never

  test('whatever is flipped, lost, torn or inserted: nothing throws and no turn is invented', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recordingNames),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        (name, damages) => {
          const bytes = readRecording(name)
          const whole = play([bytes]).effects
          const { effects } = play([damages.reduce(spoil, bytes)])
          expect(turnsOf(effects).length).toBeLessThanOrEqual(turnsOf(whole).length)
          // A changed byte may leave a whole line that says something else; a lost one may not.
          if (damages.every(({ kind }) => kind === 'cut-lines'))
            expect(completed(effects)).toBeLessThanOrEqual(completed(whole))
        },
      ),
      { numRuns: isQuick ? 600 : 3000 },
    )
  }, 120_000)

  function spoil(bytes: Uint8Array, what: Damage): Uint8Array {
    if (bytes.length === 0) return bytes
    const at = what.at % bytes.length
    const before = bytes.slice(0, at)
    switch (what.kind) {
      case 'flip': {
        const flipped = bytes.slice()
        flipped[at] = (flipped[at] ?? 0) ^ (1 << what.bit)
        return flipped
      }
      case 'drop':
        return Buffer.concat([before, bytes.subarray(at + what.length)])
      case 'garbage':
        return Buffer.concat([before, what.bytes, bytes.subarray(at)])
      case 'cut-lines': {
        // A full disk: the rest of a line is lost and the next one is glued to it.
        const end = bytes.indexOf(0x0a, at)
        return Buffer.concat([before, bytes.subarray(end === -1 ? bytes.length : end + 1)])
      }
    }
  }
})
