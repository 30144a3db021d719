import { describe, expect, test } from 'bun:test'
import { anchorAt, endOf, rowAt, toLayout, topOf, visibleRange } from '../../ui/src/lib/virtual.ts'

const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `r${from + index}`)
/** Rows of 20, 40 and 60 pixels in turns. */
const heightOf = (id: string): number => 20 * (1 + (Number(id.slice(1)) % 3))

describe('a list of which only the visible part exists', () => {
  test('shows the rows that touch the screen and its margin, and no others', () => {
    const layout = toLayout(ids(0, 1000), heightOf)
    expect(endOf(layout)).toBe(333 * 120 + 20)
    const { start, end } = visibleRange(layout, { top: 1200, height: 600, margin: 120 })
    expect([layout.ids[start], layout.ids[end - 1]]).toEqual(['r27', 'r48'])
    for (let index = 0; index < 1000; index++)
      expect(rowAt(layout, layout.tops[index] ?? 0)).toBe(index)
    expect(visibleRange(toLayout([], heightOf), { top: 0, height: 600, margin: 0 })).toEqual({
      start: 0,
      end: 0,
    })
  })

  test('the row at the top edge keeps its place while rows come above, go above and come below at once', () => {
    const before = toLayout(ids(100, 200), heightOf)
    const anchor = anchorAt(before, 1015)
    expect(anchor).toEqual({ id: 'r125', above: 15 })
    const older = toLayout(ids(40, 230), heightOf)
    const newer = toLayout(ids(120, 300), heightOf)
    for (const layout of [older, newer]) {
      const top = anchor && topOf(layout, anchor, before)
      expect(top).toBe((layout.tops[layout.places.get('r125') ?? 0] ?? 0) + 15)
    }
  })

  test('a row above that turns out taller moves nothing on the screen', () => {
    const before = toLayout(ids(0, 50), heightOf)
    const anchor = anchorAt(before, 500)
    const taller = toLayout(ids(0, 50), (id) => heightOf(id) + (id === 'r3' ? 300 : 0))
    expect(anchor && topOf(taller, anchor, before)).toBe(800)
  })

  test('when the row at the edge is filtered out, the next one that is left takes its place', () => {
    const before = toLayout(ids(0, 50), heightOf)
    const anchor = { id: 'r10', above: 5 }
    const even = toLayout(
      ids(0, 50).filter((id) => Number(id.slice(1)) % 4 === 0),
      heightOf,
    )
    expect(topOf(even, anchor, before)).toBe(even.tops[3])
    expect(topOf(toLayout([], heightOf), anchor, before)).toBe(0)
    expect(topOf(even, { id: 'gone', above: 0 }, before)).toBeUndefined()
  })
})
