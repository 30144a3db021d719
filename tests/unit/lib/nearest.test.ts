import { expect, test } from 'bun:test'
import { findNearest } from '#lib/nearest.ts'

test.each([
  ['prot', ['port', 'host'], 'port'],
  ['docter', ['doctor', 'demo', 'serve'], 'doctor'],
  ['SERVE', ['doctor', 'serve'], 'serve'],
  ['banana', ['doctor', 'demo'], undefined],
  ['', ['doctor'], undefined],
])('the nearest to %s of %j is %s', (word, candidates, expected) => {
  expect(findNearest(word, candidates)).toBe(expected)
})
