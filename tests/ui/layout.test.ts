import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { assignLayers, toColumns } from '../../ui/src/features/plan/layers.ts'
import {
  compactSize,
  fullSize,
  layoutPlan,
  narrowSize,
  sizeOf,
} from '../../ui/src/features/plan/layout.ts'
import { countCrossings, orderColumns } from '../../ui/src/features/plan/ordering.ts'
import { plans } from './mock-data.ts'

const diamond = plans['rate-limits']?.subtasks ?? []
const fifty = plans.sdk?.subtasks ?? []

/** Plans without cycles: a subtask depends on earlier ones only. */
const anyPlan = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 30 })
  .map((rows) =>
    rows.map((picks, index) => ({
      id: `s${index}`,
      depends_on: index === 0 ? [] : [...new Set(picks.map((pick) => `s${pick % index}`))],
    })),
  )

/** `count` subtasks in as many steps, all of the same size. */
const inSteps = (count: number, steps: number) =>
  Array.from({ length: count }, (_, at) => ({
    id: `s${at}`,
    depends_on: at < count / steps ? [] : [`s${at - count / steps}`],
  }))

describe('the size of nodes', () => {
  test('lets 50 subtasks in up to eleven steps fit beside the inspector at 1440 by 900', () => {
    // What the pane has room for at the smallest zoom that is read, 0.8.
    const room = { width: 872 / 0.8, height: 472 / 0.8 }
    for (const plan of [inSteps(50, 5), inSteps(50, 10), inSteps(55, 11)]) {
      const { width, height } = layoutPlan(plan, sizeOf(plan))
      expect(width).toBeLessThanOrEqual(room.width)
      expect(height).toBeLessThanOrEqual(room.height)
    }
  })

  test('is that of few subtasks, of many, and of many steps', () => {
    expect([inSteps(16, 16), inSteps(50, 5), inSteps(50, 10)].map(sizeOf)).toEqual([
      fullSize,
      compactSize,
      narrowSize,
    ])
    expect(sizeOf([])).toBe(fullSize)
  })
})

describe('the layout of a plan', () => {
  test('is the same every time', () => {
    expect(layoutPlan(fifty, compactSize)).toEqual(layoutPlan(fifty, compactSize))
  })

  test('puts every subtask right of everything it needs', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const x = new Map(layoutPlan(plan, fullSize).nodes.map((node) => [node.id, node.x]))
        for (const { id, depends_on } of plan)
          for (const parent of depends_on)
            expect(x.get(parent)).toBeLessThan(x.get(id) ?? Number.NaN)
      }),
    )
  })

  test('never lets two nodes overlap, and stays inside its size', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const { nodes, width, height } = layoutPlan(plan, fullSize)
        expect(nodes).toHaveLength(plan.length)
        for (const node of nodes) {
          expect(node.x).toBeGreaterThanOrEqual(0)
          expect(node.y).toBeGreaterThanOrEqual(0)
          expect(node.x + fullSize.width).toBeLessThanOrEqual(width)
          expect(node.y + fullSize.height).toBeLessThanOrEqual(height + 1)
          const near = nodes.filter(
            (other) => other !== node && other.layer === node.layer && other.y >= node.y,
          )
          for (const other of near)
            expect(other.y - node.y).toBeGreaterThanOrEqual(fullSize.height + fullSize.gapY - 1)
        }
      }),
    )
  })

  test('draws one edge per dependency, from the right side of one node to the left side of the other', () => {
    const { nodes, edges } = layoutPlan(diamond, fullSize)
    const at = new Map(nodes.map((node) => [node.id, node]))
    expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(
      diamond.flatMap(({ id, depends_on }) => depends_on.map((parent) => `${parent} ${id}`)).sort(),
    )
    for (const edge of edges) {
      const [from, to] = [at.get(edge.from), at.get(edge.to)]
      if (!from || !to) throw new Error('an edge without its nodes')
      expect(edge.path).toStartWith(`M${from.x + fullSize.width} ${from.y + fullSize.height / 2}`)
      expect([edge.x, edge.y]).toEqual([to.x - 2, to.y + fullSize.height / 2])
      expect(edge.path).not.toContain('NaN')
    }
  })

  test('an edge over several layers passes between the nodes on its way', () => {
    const plan = [
      { id: 'a', depends_on: [] },
      { id: 'b', depends_on: ['a'] },
      { id: 'c', depends_on: ['b', 'a'] },
    ]
    const { nodes, edges } = layoutPlan(plan, fullSize)
    const middle = nodes.find(({ id }) => id === 'b')
    const long = edges.find(({ from, to }) => from === 'a' && to === 'c')
    const levels = [...(long?.path ?? '').matchAll(/V([\d.]+)/g)].map(([, y]) => Number(y))
    expect(levels.length).toBeGreaterThan(0)
    const passes = levels.some(
      (y) => y < (middle?.y ?? 0) || y > (middle?.y ?? 0) + fullSize.height,
    )
    expect(passes).toBe(true)
  })

  test('moves a subtask next to what needs it when that shortens edges', () => {
    const layers = assignLayers([
      { id: 'a', depends_on: [] },
      { id: 'b', depends_on: ['a'] },
      { id: 'late', depends_on: [] },
      { id: 'end', depends_on: ['b', 'late'] },
    ])
    expect(Object.fromEntries(layers)).toEqual({ a: 0, b: 1, late: 1, end: 2 })
  })

  test('crosses no edges where a plan can be drawn without', () => {
    const twisted = [
      { id: 'a', depends_on: [] },
      { id: 'b', depends_on: [] },
      { id: 'c', depends_on: ['b'] },
      { id: 'd', depends_on: ['a'] },
    ]
    const columns = toColumns(twisted, assignLayers(twisted))
    expect(countCrossings(columns)).toBe(1)
    expect(countCrossings(orderColumns(columns))).toBe(0)
  })

  test('ordering never makes more crossings than the plan had', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const columns = toColumns(plan, assignLayers(plan))
        expect(countCrossings(orderColumns(columns))).toBeLessThanOrEqual(countCrossings(columns))
      }),
    )
  })

  test('an edit moves only what has another layer, and nothing overlaps then either', () => {
    const edited = fc.tuple(anyPlan, fc.nat(), fc.nat(), fc.nat())
    fc.assert(
      fc.property(edited, ([plan, one, other, cut]) => {
        const before = layoutPlan(plan, fullSize)
        const [low, high] = [one % plan.length, other % plan.length].sort((a, b) => a - b)
        const next = [
          ...plan
            .filter((_, index) => index !== cut % plan.length || plan.length === 1)
            .map((each, index) =>
              index === high && low !== high
                ? { ...each, depends_on: [...new Set([...each.depends_on, `s${low}`])] }
                : each,
            )
            .filter(({ id, depends_on }) => !depends_on.includes(id)),
          { id: 'new', depends_on: [`s${low}`] },
        ]
        const after = layoutPlan(next, fullSize, before)
        const places = new Map(before.nodes.map((node) => [node.id, node]))
        for (const node of after.nodes) {
          const was = places.get(node.id)
          if (was?.layer === node.layer) expect([node.x, node.y]).toEqual([was.x, was.y])
          const near = after.nodes.filter((each) => each !== node && each.layer === node.layer)
          for (const each of near)
            expect(Math.abs(each.y - node.y)).toBeGreaterThanOrEqual(fullSize.height)
          expect(node.y).toBeGreaterThanOrEqual(0)
          expect(Number.isFinite(node.y)).toBe(true)
        }
        expect(layoutPlan(next, fullSize, before)).toEqual(after)
      }),
    )
  })

  test('fifty subtasks fit on one screen', () => {
    const { width, height } = layoutPlan(fifty, compactSize)
    expect(width).toBeLessThanOrEqual(904)
    expect(height).toBeLessThanOrEqual(700)
  })

  test('a plan with a loop, as it can be while it is edited, is still drawn', () => {
    const { nodes } = layoutPlan(
      [
        { id: 'a', depends_on: ['b'] },
        { id: 'b', depends_on: ['a'] },
        { id: 'c', depends_on: ['nowhere'] },
      ],
      fullSize,
    )
    expect(nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})
