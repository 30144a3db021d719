/** Laying out plans of 50 and 200 subtasks as the graph does, anew and after an edit, against putting them into layers alone. */
import { assignLayers, toColumns } from '../ui/src/features/plan/layers.ts'
import { compactSize, layoutPlan } from '../ui/src/features/plan/layout.ts'
import { printRatio, summary } from './lib.ts'

type Node = { id: string; depends_on: string[] }

/** Seven to a layer, each after one or two of the layer before; the same plan in every run. */
function makePlan(count: number): Node[] {
  const perLayer = 7
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor(index / perLayer) * perLayer - perLayer
    const picks = [
      (index * 5 + 3) % perLayer,
      ...(index % 3 === 0 ? [(index * 11) % perLayer] : []),
    ]
    return {
      id: `s${index}`,
      depends_on: first < 0 ? [] : [...new Set(picks.map((pick) => `s${first + pick}`))],
    }
  })
}

function time(work: () => unknown, times: number): number {
  const begun = performance.now()
  for (let done = 0; done < times; done++) work()
  return (performance.now() - begun) / times
}

const rounds = Number(process.env.BENCH_ROUNDS ?? 10)
for (const [count, budgetMs] of [
  [50, 5],
  [200, 30],
] as const) {
  const plan = makePlan(count)
  const before = layoutPlan(plan, compactSize)
  const edited = [...plan, { id: 'new', depends_on: ['s0'] }]
  layoutPlan(edited, compactSize, before)
  const anew: number[] = []
  const beside: number[] = []
  const layering: number[] = []
  for (let round = 0; round < rounds; round++) {
    anew.push(time(() => layoutPlan(plan, compactSize), 20))
    layering.push(time(() => toColumns(plan, assignLayers(plan)), 20))
    beside.push(time(() => layoutPlan(edited, compactSize, before), 20))
  }
  printRatio({ name: `layout of ${count}`, ours: anew, baseline: layering, unit: 'ms' })
  console.log(
    `    anew ${summary(anew, 2)} ms, after an edit ${summary(beside, 2)} ms, budget ${budgetMs} ms`,
  )
}
