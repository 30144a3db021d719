/**
 * Makespan of a plan of 12 subtasks on 3 slots, from approval to completion, against the ideal list schedule of the same
 * durations (which knows them beforehand; we do not). With doubles for the agents, so only our own scheduling and
 * bookkeeping counts; with `--real` through the built binary, real CLIs in real containers and a scripted model that
 * thinks for so long.
 */
import type { TaskEvent } from '#contract/event.ts'
import { systemClock } from '#lib/clock.ts'
import { say, wait } from '#model/story.ts'
import { inTask, toPlan } from '../tests/support/product-model.ts'
import { startWorld } from '../tests/support/product-world.ts'
import { createWorld, done, planThenWork } from '../tests/support/test-tasks.ts'
import { printRatio } from './lib.ts'

const slots = 3
const dependencies: Record<string, string[]> = {
  a: [],
  b: [],
  c: [],
  d: ['a'],
  e: ['a', 'b'],
  f: ['b'],
  g: ['c'],
  h: ['d', 'e'],
  i: ['f', 'g'],
  j: ['h'],
  k: ['h', 'i'],
  l: ['j', 'k'],
}
const ids = Object.keys(dependencies)
const target = { atMost: 1.05 }

/** Milliseconds until all is done when the longest remaining chain always goes first. */
function idealMakespan(durations: Record<string, number>): number {
  const duration = (id: string): number => durations[id] ?? 0
  const chain = (id: string): number =>
    duration(id) +
    Math.max(0, ...ids.filter((other) => dependencies[other]?.includes(id)).map(chain))
  const ended = new Set<string>()
  const begun = new Set<string>()
  let running: { id: string; endsAt: number }[] = []
  let now = 0
  while (ended.size < ids.length) {
    const ready = ids
      .filter((id) => !begun.has(id) && dependencies[id]?.every((other) => ended.has(other)))
      .sort((a, b) => chain(b) - chain(a))
    for (const id of ready.slice(0, slots - running.length)) {
      begun.add(id)
      running.push({ id, endsAt: now + duration(id) })
    }
    now = Math.min(...running.map(({ endsAt }) => endsAt))
    for (const { id, endsAt } of running) if (endsAt <= now) ended.add(id)
    running = running.filter(({ endsAt }) => endsAt > now)
  }
  return now
}

/** The same numbers in every run of the benchmark. */
function createDurations(seed: number, [shortest, longest]: [number, number]) {
  let state = seed
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return Object.fromEntries(
    ids.map((id) => [id, Math.round(shortest + next() * (longest - shortest))]),
  )
}

const subtasks = ids.map((id) => ({
  id,
  name: `Do ${id}`,
  prompt: `Please do ${id}.`,
  depends_on: dependencies[id] ?? [],
}))

async function withDoubles(durations: Record<string, number>): Promise<number> {
  const over = Promise.withResolvers<void>()
  await using world = createWorld({
    onEvent({ type }) {
      if (type === 'task.completed') over.resolve()
      if (type === 'task.failed') over.reject(new Error('the task failed'))
    },
    clock: systemClock,
    config: { maxAgents: slots, maxAgentsPerTask: slots, warmAgents: 3 },
    script: planThenWork({ subtasks }, async (turn) => {
      await systemClock.sleep(durations[turn.subtaskId ?? ''] ?? 0)
      return done(turn)
    }),
  })
  const { id } = world.create()
  await world.until('a plan', () => world.status(id) === 'planned')
  await world.tasks.settled()
  const startedAt = performance.now()
  world.tasks.approve(id, {})
  await over.promise
  const ms = performance.now() - startedAt
  await world.tasks.settled()
  return ms
}

async function forReal(durations: Record<string, number>): Promise<number> {
  const name = 'twelve-on-three-slots'
  const stories = [
    inTask(name, {
      planner: [[toPlan(subtasks)]],
      subtasks: Object.fromEntries(
        ids.map((id) => [id, [[wait(durations[id] ?? 0), say(`${id} is done.`)]]]),
      ),
    }),
  ]
  await using world = await startWorld({ stories, env: { KLAUDIO_MAX_AGENTS: String(slots) } })
  const task = await world.create(name, { limits: { max_agents: slots }, auto_approve: false })
  // While a person reads the plan the first agents get ready.
  const roots = ids.filter((id) => dependencies[id]?.length === 0)
  await world.product.until(task.id, isWarm(roots.length))
  await world.product.post(`/api/tasks/${task.id}/approve`)
  const approved = await world.reach(task.id, 'plan.approved')
  const completed = await world.reach(task.id, 'task.completed')
  return Date.parse(completed.created_at) - Date.parse(approved.created_at)
}

/** True at the event with which the given number of workers are ready. */
function isWarm(wanted: number): (event: TaskEvent) => boolean {
  const warm = new Set<string>()
  return ({ type, data, subtask_id }) => {
    if (type === 'agent.status' && data.phase === 'warm' && subtask_id) warm.add(subtask_id)
    return warm.size >= wanted
  }
}

const isReal = process.argv.includes('--real')
const rounds = isReal ? 1 : 5
const ours: number[] = []
const baseline: number[] = []
for (let round = 1; round <= rounds; round++) {
  const durations = createDurations(round * 7919, isReal ? [20_000, 60_000] : [1000, 3000])
  baseline.push(idealMakespan(durations))
  ours.push(await (isReal ? forReal : withDoubles)(durations))
}
const what = isReal ? 'real agents' : 'doubles'
printRatio({ name: `makespan, ${what}`, ours, baseline, unit: 'ms', target })
process.exit(0)
