/**
 * From the request to stop a task to `paused`, with everything saved: 50 real CLIs at once against one, in the same run. Each is in
 * the middle of a tool call. Needs a Docker engine, the built binary, and about 300 MB of memory for each agent; `bench/stop.ts 10` takes fewer.
 */
import { bash, say } from '#model/story.ts'
import { inTask, planned } from '../tests/support/product-model.ts'
import { eventually, startWorld, type World } from '../tests/support/product-world.ts'
import { printRatio } from './lib.ts'

const count = Number(process.argv[2] ?? 50)
const rounds = 2
const limitMs = 10_000

const crowd = (name: string, size: number) => {
  const ids = Array.from({ length: size }, (_, index) => `s${index + 1}`)
  return inTask(name, {
    planner: planned(ids.map((id) => ({ id }))),
    subtasks: Object.fromEntries(ids.map((id) => [id, [bash('sleep 900'), say('Done.')]])),
  })
}

/** Every agent is in its tool call. */
async function atWork(world: World, id: string, size: number): Promise<void> {
  await eventually(async () => {
    const agents = await world.product.agents(id)
    const busy = agents.filter(({ kind, status, activity }) => {
      return kind === 'worker' && status === 'running' && activity !== undefined
    })
    return busy.length === size
  })
}

/** Milliseconds. */
async function measure(world: World, name: string, size: number): Promise<number> {
  const { id } = await world.create(name, { limits: { max_agents: Math.min(size, 64) } })
  await atWork(world, id, size)
  const askedAt = performance.now()
  await world.product.post(`/api/tasks/${id}/stop`)
  const { data } = await world.reach(id, 'task.paused')
  const stopMs = performance.now() - askedAt
  const { halt } = await world.product.task(id)
  if (halt?.saved !== size)
    throw new Error(`${halt?.saved} of ${size} saved: ${JSON.stringify(data)}`)
  await world.product.call('DELETE', `/api/tasks/${id}`)
  await eventually(async () => (await world.volumes({ 'klaudio.task': id })).length === 0)
  return stopMs
}

const names = Array.from({ length: rounds }, (_, round) => `alone-${round}`)
await using world = await startWorld({
  stories: [...names.map((name) => crowd(name, 1)), crowd('crowd', count)],
  env: {
    KLAUDIO_MAX_AGENTS: String(count),
    KLAUDIO_MAX_AGENTS_PER_TASK: String(count),
    KLAUDIO_WARM_AGENTS: '0',
    KLAUDIO_AGENT_MEMORY: '1g',
  },
})
const alone: number[] = []
for (const name of names) alone.push(await measure(world, name, 1))
const many = await measure(world, 'crowd', count)
const ours = alone.map(() => many)
printRatio({ name: `stop ${count} agents`, ours, baseline: alone, unit: 'ms' })
const isInTime = many <= limitMs
console.log(`paused within ${limitMs / 1000} s: ${isInTime ? 'met' : 'MISSED'}`)
