import { expect, test } from 'bun:test'
import { activitySample } from '../../ui/src/features/design/activity-sample.ts'
import { sampleNodes } from '../../ui/src/features/design/graph-sample.ts'
import { contrast } from '../../ui/src/lib/contrast.ts'
import { recordings, rowsOfRecording } from './recordings.ts'

test('the design page shows every kind of row that a real agent has ever printed', () => {
  const shown = new Set<string>(activitySample('x').map(({ kind }) => kind))
  const printed = new Set(
    recordings.flatMap((name) => rowsOfRecording(name).map(({ kind }) => kind)),
  )
  expect(printed.size).toBeGreaterThan(10)
  expect([...printed].filter((kind) => !shown.has(kind))).toEqual([])
})

test('what it shows is the same every time, and has ids of its own in each theme', () => {
  expect(activitySample('a')).toEqual(activitySample('a'))
  const ids = (prefix: string) => [
    ...activitySample(prefix).map(({ id }) => id),
    ...[1, 5, 50].flatMap((count) => sampleNodes(count, prefix).map(({ id }) => id)),
  ]
  const all = [...ids('light'), ...ids('dark')]
  expect(new Set(all).size).toBe(all.length)
})

test('sample plans have as many subtasks as they say, and only known dependencies', () => {
  for (const count of [1, 5, 50]) {
    const nodes = sampleNodes(count, 'x')
    const known = new Set(nodes.map(({ id }) => id))
    expect(nodes).toHaveLength(count)
    expect(nodes.flatMap(({ depends_on }) => depends_on).every((id) => known.has(id))).toBe(true)
  }
})

test('contrast is that of WCAG: black on white 21, grey #767676 on white just enough for text', () => {
  expect(contrast('#000000', '#FFFFFF')).toBeCloseTo(21, 5)
  expect(contrast('#FFFFFF', '#767676')).toBeCloseTo(4.54, 2)
})
