/** One run of the crash story under fire: someone answers its question, someone breaks things, and in the end everything is looked at. */
import { expect } from 'bun:test'
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import { finalFiles, subtaskIds, workers } from './crash-story.ts'
import { askedTwice } from './product-model.ts'
import { readOrigin } from './product-origin.ts'
import { eventually, gitOut, pathsOf, type World } from './product-world.ts'

/** What happened to a task, for those who break things and for what is checked in the end. */
export type CrashRun = {
  name: string
  id: string
  isOver(): boolean
}

export type Fire = (world: World, run: CrashRun) => Promise<void>

/**
 * Creates the task `name`, lets `fire` break things while it runs, and waits for its end, which comes by itself. What every
 * worker printed is read past the product before its volume goes, and compared in the end.
 */
export async function runUnderFire(world: World, name: string, fire: Fire): Promise<Outcome> {
  const joining = world.model.hold({ task: name, agent: 'join' })
  const { id } = await world.create(name)
  const over = new AbortController()
  const run: CrashRun = { name, id, isOver: () => over.signal.aborted }
  const person = answerAll(world, run)
  let origins: ReadonlyMap<string, Uint8Array> = new Map()
  // The last worker does not go on before, so this is over when the task has ended well.
  const reading = joining.reached.then(async () => {
    origins = await readOrigins(world, id)
    joining.open()
  })
  const burning = fire(world, run)
  try {
    await Promise.race([untilRest(world, id), reading.then(never), burning.then(never)])
  } finally {
    over.abort()
    await Promise.all([burning, person])
  }
  const { product } = world
  const agents = await product.agents(id)
  return {
    task: await product.task(id),
    agents,
    events: await product.events(id),
    origins,
    outputs: new Map(
      await Promise.all(agents.map(async (one) => [one.id, await outputOf(world, one)] as const)),
    ),
  }
}

type Outcome = {
  task: Task
  agents: Agent[]
  events: TaskEvent[]
  /** By agent id: what its CLI printed into its volume. Workers other than the last. */
  origins: ReadonlyMap<string, Uint8Array>
  /** By agent id: what the server has of it. */
  outputs: ReadonlyMap<string, Uint8Array>
}

/** The person at the page, who does not mind a server that is away. */
async function answerAll(world: World, run: CrashRun): Promise<void> {
  while (!run.isOver()) {
    try {
      for (const question of await world.product.questions(run.id))
        if (question.status === 'pending')
          await world.product.call('POST', `/api/tasks/${run.id}/questions/${question.id}/answer`, {
            answer: 'This way',
          })
    } catch {
      // The server was just killed; the question is still there when it is back.
    }
    await Bun.sleep(50)
  }
}

/** Only failures of what goes on beside the waiting matter to it. */
const never = (): Promise<never> => new Promise(() => {})

/** The task has ended, and nothing of it is on the engine any more. A server that is dead just now is asked again. */
async function untilRest(world: World, id: string): Promise<void> {
  await eventually(async () => {
    try {
      const { status } = await world.product.task(id)
      const isOver = ['completed', 'failed', 'cancelled'].includes(status)
      return isOver && (await leftovers(world, id)).length === 0
    } catch {
      return false
    }
  })
}

/** Containers and volumes of the task. */
async function leftovers(world: World, id: string): Promise<string[]> {
  const agents = new Set((await world.product.agents(id)).map((agent) => agent.id))
  return [...(await world.containers()), ...(await world.volumes())]
    .filter(
      ({ labels }) => labels['klaudio.task'] === id || agents.has(labels['klaudio.agent'] ?? ''),
    )
    .map(({ name }) => name)
}

/** Of every worker that has ended, past the product. */
async function readOrigins(world: World, id: string): Promise<Map<string, Uint8Array>> {
  let ended: string[] = []
  // The last worker is up, the others are on their way out.
  await eventually(async () => {
    const running = await world.containers({ 'klaudio.role': 'agent' })
    const isUp = (agent: Agent): boolean =>
      running.some(({ labels }) => labels['klaudio.agent'] === agent.id)
    const known = await agentsOf(world, id)
    ended = known.filter((one) => one.kind === 'worker' && !isUp(one)).map((one) => one.id)
    return ended.length >= workers.length
  })
  return new Map(
    await Promise.all(
      ended.map(async (agent) => [agent, await readOrigin(world.instance, agent)] as const),
    ),
  )
}

/** None while the server is dead. */
async function agentsOf({ product }: World, id: string): Promise<Agent[]> {
  try {
    return await product.agents(id)
  } catch {
    return []
  }
}

async function outputOf({ product }: World, { id, task_id }: Agent): Promise<Uint8Array> {
  const response = await product.call('GET', `/api/tasks/${task_id}/agents/${id}/output`)
  return new Uint8Array(await response.arrayBuffer())
}

/** Whatever happened: everything done, everything there once, nothing left behind. */
export async function expectIntact(
  world: World,
  name: string,
  { task, agents, events, origins, outputs }: Outcome,
  options: { agentsDied: boolean },
): Promise<void> {
  expect({ status: task.status, error: task.error, phase: task.phase }).toEqual({
    status: 'completed',
    error: undefined,
    phase: null,
  })
  expect(task.progress).toMatchObject({ total: 4, completed: 4, failed: 0, skipped: 0 })
  expectFiles(world, task)
  expectOnce(world, name, { agents, events }, options)
  expect([...origins.keys()].length).toBeGreaterThanOrEqual(workers.length)
  for (const [agent, origin] of origins)
    expect({ agent, hash: Bun.hash(outputs.get(agent) ?? new Uint8Array()) }).toEqual({
      agent,
      hash: Bun.hash(origin),
    })
  for (const agent of agents) expectLinesOnce(outputs.get(agent.id) ?? new Uint8Array(), options)
  // A checkpoint of the last moment may still be at it.
  await eventually(async () => (await leftovers(world, task.id)).length === 0)
  expect(world.model.problems()).toEqual([])
}

function expectFiles(world: World, task: Task): void {
  const bare = world.bareOf(task.id)
  const found = Object.fromEntries(
    pathsOf(bare, task.branch).map((path) => [
      path,
      gitOut(bare, 'show', `${task.branch}:${path}`),
    ]),
  )
  expect(found).toEqual(finalFiles)
  const subjects = gitOut(bare, 'log', '--format=%s', '--first-parent', task.branch).split('\n')
  for (const id of subtaskIds)
    expect(subjects.filter((line) => line.includes(`The ${id}`)).length).toBeLessThan(2)
}

/** Nobody was replaced, no answer was asked for twice, no event is missing or double. */
function expectOnce(
  world: World,
  name: string,
  { agents, events }: Pick<Outcome, 'agents' | 'events'>,
  { agentsDied }: { agentsDied: boolean },
): void {
  expect(
    agents.map(({ subtask_id, attempt }) => `${subtask_id ?? 'planner'} ${attempt}`).sort(),
  ).toEqual(['planner', ...subtaskIds].map((id) => `${id} 1`).sort())
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  const count = (type: string): number => events.filter((event) => event.type === type).length
  if (!agentsDied) {
    expect(askedTwice(world.model.asked(name))).toEqual([])
    expect([count('planner.question'), count('question.answered')]).toEqual([1, 1])
  }
  expect({
    planned: count('plan.generated'),
    started: count('subtask.started'),
    retried: count('subtask.retrying'),
    completed: count('subtask.completed'),
    ended: count('task.completed'),
  }).toEqual({ planned: 1, started: 4, retried: 0, completed: 4, ended: 1 })
}

/** Every line whole, and none twice: each has a uuid of its own. An agent that was killed may have torn one. */
function expectLinesOnce(output: Uint8Array, { agentsDied }: { agentsDied: boolean }): void {
  const lines = new TextDecoder().decode(output).split('\n')
  expect(lines.pop()).toBe('')
  const seen = new Set<string>()
  let torn = 0
  for (const line of lines) {
    const uuid = uuidOf(line)
    if (uuid === undefined) torn++
    else if (uuid !== '')
      expect({ line: line.slice(0, 300), isNew: seen.size < seen.add(uuid).size }).toMatchObject({
        isNew: true,
      })
  }
  if (!agentsDied) expect(torn).toBe(0)
  expect(seen.size).toBeGreaterThan(2)
}

/** Empty when it says nothing of its own, undefined when it is no JSON. A prompt that is sent again is dropped, but echoed. */
function uuidOf(line: string): string | undefined {
  try {
    const { uuid, type, isReplay }: { uuid?: string; type: string; isReplay?: boolean } =
      JSON.parse(line)
    return uuid && !isReplay ? `${type} ${uuid}` : ''
  } catch {
    return undefined
  }
}
