/**
 * Fifty agents at work (real CLIs in real containers, a scripted model that keeps them waiting), the server killed and started again:
 * from the start of the process until the first and the last agent is adopted (its gate has answered) and its output is followed,
 * against what the engine takes by itself for the same fifty containers in the same round: list them, attach to the stdin of each, and
 * run `tail` in each until its first byte. `bun bench/recovery.ts [agents] [rounds]`.
 */
import { say, wait } from '#model/story.ts'
import { testEngine } from '../tests/support/docker.ts'
import { inTask, toPlan } from '../tests/support/product-model.ts'
import { eventually, startWorld, type World } from '../tests/support/product-world.ts'
import { printRatio } from './lib.ts'

const count = Number(process.argv[2] ?? 50)
const rounds = Number(process.argv[3] ?? 5)
const name = 'fifty-agents'
const ids = Array.from({ length: count }, (_, at) => `agent-${at + 1}`)
const dayMs = 86_400_000

type Times = { first: number; last: number }
const firstAndLast = (values: readonly number[]): Times => ({
  first: Math.min(...values),
  last: Math.max(...values),
})

/** What the engine alone takes for the same containers. */
async function raw(world: World): Promise<{ attached: Times; followed: Times }> {
  const engine = testEngine()
  const startedAt = performance.now()
  const since = (): number => performance.now() - startedAt
  const found = await engine.listContainers({
    'klaudio.instance': world.instance,
    'klaudio.role': 'agent',
  })
  if (found.length !== count) throw new Error(`${found.length} containers run, not ${count}`)
  const times = await Promise.all(
    found.map(async ({ id }) => {
      const attachment = await engine.attach(id)
      const attached = since()
      attachment.close()
      const cmd = ['sh', '-c', 'tail -c 1 -f /state/out.ndjson & t=$!; cat > /dev/null; kill $t']
      const stream = await engine.execStream(id, { cmd })
      for await (const chunk of stream.stdout) if (chunk.length > 0) break
      const followed = since()
      stream.close()
      return { attached, followed }
    }),
  )
  return {
    attached: firstAndLast(times.map(({ attached }) => attached)),
    followed: firstAndLast(times.map(({ followed }) => followed)),
  }
}

/** Epoch milliseconds of every line of the log that says `event`, since `after`. */
async function loggedAt(world: World, event: string, after: number): Promise<number[]> {
  const all = (await world.product.log()).split('\n')
  // The last one may still be on its way, and the runtime has warnings of its own.
  const lines = all.slice(0, -1).filter((line) => line.startsWith('{'))
  return lines
    .map((line): { event: string; time: string } => JSON.parse(line))
    .filter((line) => line.event === event)
    .map(({ time }) => Date.parse(time))
    .filter((at) => at >= after)
}

/** A start on what the killed server left. */
async function ours(world: World): Promise<{ adopted: Times; followed: Times }> {
  const startedAt = Date.now()
  await world.restart()
  const times = async (event: string): Promise<number[]> =>
    (await loggedAt(world, event, startedAt)).map((at) => at - startedAt)
  await eventually(async () => (await times('output followed')).length >= count)
  return {
    adopted: firstAndLast(await times('agent adopted')),
    followed: firstAndLast(await times('output followed')),
  }
}

const story = inTask(name, {
  planner: [[toPlan(ids.map((id) => ({ id })))]],
  subtasks: Object.fromEntries(ids.map((id) => [id, [[wait(dayMs), say('Done.')]]])),
})
const limits = { KLAUDIO_MAX_AGENTS: String(count), KLAUDIO_MAX_AGENTS_PER_TASK: String(count) }
await using world = await startWorld({ stories: [story], env: limits })
const task = await world.create(name, { limits: { max_agents: count } })
const working = async (): Promise<number> =>
  (await world.product.agents(task.id)).filter(({ phase }) => phase === 'working').length
await eventually(async () => (await working()) === count)
console.log(`${count} agents are at work`)

const results: { raw: Awaited<ReturnType<typeof raw>>; ours: Awaited<ReturnType<typeof ours>> }[] =
  []
// The first round loads pages from disk.
for (let round = -1; round < rounds; round++) {
  await world.product.kill()
  const baseline = await raw(world)
  const result = { raw: baseline, ours: await ours(world) }
  if (round >= 0) results.push(result)
  await eventually(async () => (await working()) === count)
}
const rows = [
  { what: 'adopted', of: 'adopted', against: 'attached' },
  { what: 'followed', of: 'followed', against: 'followed' },
] as const
for (const { what, of, against } of rows)
  for (const which of ['first', 'last'] as const)
    printRatio({
      name: `${which} of ${count} agents ${what}`,
      ours: results.map((result) => result.ours[of][which]),
      baseline: results.map((result) => result.raw[against][which]),
      unit: 'ms',
    })
