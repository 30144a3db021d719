import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { SubtaskStatus } from '#contract/plan.ts'
import {
  blockers,
  dependenciesOf,
  dependentsOf,
  heights,
  isSettled,
  layers,
  type Node,
  readyNodes,
  topologicalOrder,
} from '#tasks/dag.ts'
import { startable } from '#tasks/policy.ts'

const node = (id: string, dependsOn: string[] = [], status: SubtaskStatus = 'pending'): Node => ({
  id,
  dependsOn,
  status,
  error: null,
})
const ids = (nodes: readonly { id: string }[]): string[] => nodes.map(({ id }) => id)

/** Edges only go to earlier numbers, then the plan is shuffled, so that plan order says nothing. */
const graphs = fc
  .integer({ min: 1, max: 14 })
  .chain((size) =>
    fc.record({
      edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 40 }),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size },
      ),
    }),
  )
  .map(({ edges, order }) =>
    order.map((i) =>
      node(`n${i}`, [
        ...new Set(edges.filter(([from, to]) => from === i && to < i).map(([, to]) => `n${to}`)),
      ]),
    ),
  )

describe('the graph of a plan', () => {
  test('every node comes after what it depends on, and none is lost', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const order = ids(topologicalOrder(nodes))
        expect([...order].sort()).toEqual(ids(nodes).sort())
        for (const { id, dependsOn } of nodes)
          for (const dependency of dependsOn)
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(id))
      }),
    )
  })

  test('a layer depends only on earlier layers, and not only on much earlier ones', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const all = layers(nodes)
        all.forEach((layer, index) => {
          const earlier = new Set(all.slice(0, index).flatMap(ids))
          for (const { dependsOn } of layer) {
            expect(dependsOn.every((id) => earlier.has(id))).toBe(true)
            if (index > 0)
              expect(dependsOn.some((id) => ids(all[index - 1] ?? []).includes(id))).toBe(true)
          }
        })
      }),
    )
  })

  test('dependents and dependencies are each other seen from the other side', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        for (const { id } of nodes)
          for (const dependent of dependentsOf(nodes, id))
            expect(dependenciesOf(nodes, dependent)).toContain(id)
      }),
    )
  })

  test('a node is higher than everything that waits for it', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const height = heights(nodes)
        for (const { id, dependsOn } of nodes)
          for (const dependency of dependsOn)
            expect(height.get(dependency) ?? 0).toBeGreaterThan(height.get(id) ?? 0)
      }),
    )
  })

  test('a cycle is a bug by then, not an endless loop', () => {
    expect(() => layers([node('a', ['b']), node('b', ['a'])])).toThrow('cycle')
  })
})

describe('readiness', () => {
  const states: { name: string; status: SubtaskStatus; error: string | null; ready: boolean }[] = [
    { name: 'completed', status: 'completed', error: null, ready: true },
    { name: 'skipped by a person', status: 'skipped', error: null, ready: true },
    { name: 'skipped by a failure', status: 'skipped', error: 'because', ready: false },
    { name: 'failed', status: 'failed', error: 'because', ready: false },
    { name: 'running', status: 'running', error: null, ready: false },
    { name: 'integrating', status: 'integrating', error: null, ready: false },
    { name: 'queued', status: 'queued', error: null, ready: false },
    { name: 'pending', status: 'pending', error: null, ready: false },
  ]
  for (const { name, status, error, ready } of states)
    test(`a dependent of a ${name} subtask is ${ready ? '' : 'not '}ready`, () => {
      const nodes = [{ ...node('a', [], status), error }, node('b', ['a'])]
      expect(ids(readyNodes(nodes)).includes('b')).toBe(ready)
    })

  test('a failure blocks everything behind it, by name, and nothing beside it', () => {
    const nodes = [
      { ...node('a', [], 'failed'), error: 'x' },
      node('b', ['a']),
      node('c', ['b']),
      node('d'),
    ]
    expect(Object.fromEntries(blockers(nodes))).toEqual({ b: ['a'], c: ['a'], d: [] })
  })

  test('a skip lasts only as long as the failure it came from', () => {
    const skipped = { ...node('b', ['a'], 'skipped'), error: 'Skipped because "a" failed.' }
    expect(blockers([node('a'), skipped]).get('b')).toEqual([])
    expect(blockers([node('a'), { ...skipped, error: null }]).has('b')).toBe(false)
  })
})

describe('policies', () => {
  /** Runs a plan to its end with every running node ending in an arbitrary order. */
  const play = (mode: 'sequential' | 'parallel', nodes: Node[], pick: (size: number) => number) => {
    const started: string[] = []
    let most = 0
    for (;;) {
      for (const { id } of startable(mode, nodes)) {
        const found = nodes.find((other) => other.id === id)
        if (found) found.status = 'running'
        started.push(id)
      }
      const running = nodes.filter(({ status }) => status === 'running')
      most = Math.max(most, running.length)
      const ending = running[pick(running.length)]
      if (!ending) return { started, most }
      ending.status = 'completed'
    }
  }

  test('sequential runs a dependent that is listed first after its dependency (E1)', () => {
    const { started, most } = play('sequential', [node('b', ['a']), node('a')], () => 0)
    expect({ started, most }).toEqual({ started: ['a', 'b'], most: 1 })
  })

  test('both run everything exactly once, in an order the dependencies allow', () => {
    fc.assert(
      fc.property(
        graphs,
        fc.constantFrom('sequential' as const, 'parallel' as const),
        fc.nat(),
        (graph, mode, seed) => {
          const nodes = graph.map((one) => ({ ...one }))
          const { started, most } = play(mode, nodes, (size) => seed % Math.max(1, size))
          expect([...started].sort()).toEqual(ids(graph).sort())
          expect(nodes.every(isSettled)).toBe(true)
          if (mode === 'sequential') expect(most).toBe(1)
          for (const { id, dependsOn } of graph)
            for (const dependency of dependsOn)
              expect(started.indexOf(dependency)).toBeLessThan(started.indexOf(id))
        },
      ),
    )
  })

  test('parallel starts what most others wait for first', () => {
    const nodes = [node('leaf'), node('root'), node('mid', ['root']), node('end', ['mid'])]
    expect(ids(startable('parallel', nodes))).toEqual(['root', 'leaf'])
  })
})
