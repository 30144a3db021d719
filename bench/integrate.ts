/**
 * Integration of the work of many agents, one branch after the other, against plain `git merge` of the same branches in the
 * same order in a checkout. Every tenth branch changes a file that the one before it changed as well, at another place. Both
 * must end with the same tree. `BRANCHES`, `FILES` and `ROUNDS` make it smaller.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { commitAll, gitIn, makeRepository, openWorkspaces } from '../tests/support/git.ts'
import { printRatio } from './lib.ts'

const branches = Number(process.env.BRANCHES ?? 100)
const files = Number(process.env.FILES ?? 1_000)
const rounds = Number(process.env.ROUNDS ?? 5)

const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`)
const pathOf = (n: number): string => `d${n % 40}/f${n}.txt`
const withLine = (at: number, text: string): string => lines.with(at, text).join('\n')

await using area = await openWorkspaces()
const origin = join(area.root, 'origin')
await makeRepository(
  origin,
  Object.fromEntries(Array.from({ length: files }, (_, n) => [pathOf(n), lines.join('\n')])),
)
for (let n = 0; n < branches; n++) {
  await gitIn(origin, 'checkout', '-q', '-B', `work-${n}`, 'main')
  const shared = n % 10 === 9 ? { [pathOf(n - 1)]: withLine(50, `by ${n}`) } : {}
  await commitAll(origin, { ...shared, [pathOf(n)]: withLine(5, `by ${n}`) }, `work ${n}`)
}
await gitIn(origin, 'checkout', '-q', 'main')
console.log(`${branches} branches on ${files} files; ${rounds} rounds`)

const ours: number[] = []
const baseline: number[] = []
for (let round = 0; round < rounds; round++) {
  const integrated = await integrateAll()
  const merged = await mergeAll(round)
  if (integrated.tree !== merged.tree) throw new Error('the trees differ')
  ours.push(integrated.ms)
  baseline.push(merged.ms)
}
printRatio({
  name: `integrate ${branches} branches`,
  ours,
  baseline,
  unit: 'ms',
  target: { atMost: 2 },
})

type Result = { ms: number; tree: string }

/** Only the integration: bundles were taken in before, as they are while other agents still work. */
async function integrateAll(): Promise<Result> {
  const task = await area.task({ kind: 'local', path: origin })
  const commits: string[] = []
  for (let n = 0; n < branches; n++) {
    const file = join(area.root, 'work.bundle')
    await gitIn(origin, 'bundle', 'create', '-q', file, `work-${n}`, '^main')
    const bundle = await Bun.file(file).bytes()
    const from = { taskId: task.id, agentId: `agent-${n}`, baseCommit: task.base }
    commits.push((await area.workspaces.receive({ ...from, bundle })).commit)
  }
  const startedAt = performance.now()
  for (const [n, commit] of commits.entries()) {
    const into = { taskId: task.id, branch: task.branch, agentId: `agent-${n}` }
    const result = await area.workspaces.integrate({ ...into, commit, message: `work ${n}` })
    if (result.kind !== 'merged') throw new Error(`branch ${n}: ${result.kind}`)
  }
  const ms = performance.now() - startedAt
  return { ms, tree: await gitIn(task.dir, 'rev-parse', `${task.branch}^{tree}`) }
}

async function mergeAll(round: number): Promise<Result> {
  const dir = join(area.root, `merge-${round}`)
  await gitIn(area.root, 'clone', '-q', origin, dir)
  const startedAt = performance.now()
  for (let n = 0; n < branches; n++)
    await gitIn(dir, 'merge', '-q', '--no-edit', `origin/work-${n}`)
  const ms = performance.now() - startedAt
  const tree = await gitIn(dir, 'rev-parse', 'HEAD^{tree}')
  rmSync(dir, { recursive: true })
  return { ms, tree }
}
