/** Ways to break a run: the server killed, agents killed, the engine out of reach or gone with everything in it. */
import { AppError } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { Fire } from './crash-run.ts'
import { testEngine } from './docker.ts'
import type { EngineProxy } from './engine-proxy.ts'
import type { World } from './product-world.ts'
import type { Random } from './random.ts'

/** What moves a run on; what an agent is just saying does not. */
const steps: ReadonlySet<string> = new Set([
  'task.started',
  'source.ready',
  'planner.question',
  'question.answered',
  'plan.generated',
  'plan.approved',
  'agent.created',
  'subtask.queued',
  'subtask.started',
  'subtask.integrating',
  'subtask.completed',
  'task.completed',
])
export const isTaskStep = ({ type }: TaskEvent): boolean => steps.has(type)
/** The last of these come after the end of the task. */
export const isAgentStep = ({ type, data }: TaskEvent): boolean =>
  type === 'agent.status' && ['warm', 'idle', 'stopping'].includes(String(data.phase))

/** Kills the server as soon as it has recorded such a step, as often as it takes. */
export const killAtSteps =
  (isStep: (event: TaskEvent) => boolean, onKill: (event: TaskEvent) => void): Fire =>
  async (world, { id, isOver }) => {
    let seen = 0
    while (!isOver()) {
      const step = world.product.until(id, (event) => event.seq > seen && isStep(event))
      // Nobody waits for it any more when the run is over.
      step.catch(() => {})
      const event = await Promise.race([step, untilOver(isOver)])
      if (!event) return
      await world.product.kill()
      onKill(event)
      await world.restart()
      seen = (await world.product.events(id)).at(-1)?.seq ?? seen
    }
  }

async function untilOver(isOver: () => boolean): Promise<undefined> {
  while (!isOver()) await Bun.sleep(50)
  return undefined
}

type AtRandom = {
  random: Random
  times: number /** Longest time between two of them. */
  spanMs: number
}

/** Calls `strike` at random moments of the run, until it is over. */
const atRandom =
  (
    { random, times, spanMs }: AtRandom,
    strike: (world: World, id: string) => Promise<void>,
  ): Fire =>
  async (world, { id, isOver }) => {
    for (let time = 0; time < times && !isOver(); time++) {
      await Bun.sleep(random.between(0, spanMs))
      if (!isOver()) await strike(world, id)
    }
  }

/** The server is dead for a while, and starts again. */
export const killServer = (options: AtRandom & { onBlow: () => void }): Fire =>
  atRandom(options, async (world) => {
    await world.product.kill()
    options.onBlow()
    await Bun.sleep(options.random.between(0, 500))
    await world.restart()
  })

/** One agent at a time, whoever has a container. */
export const killAgents = (options: AtRandom & { onBlow: () => void }): Fire =>
  atRandom(options, async (world, id) => {
    const running = await world.containers({ 'klaudio.task': id, 'klaudio.role': 'agent' })
    const victim = options.random.pick(running)
    if (victim && (await killed(victim.id))) options.onBlow()
  })

/** False when it had ended by itself. */
async function killed(container: string): Promise<boolean> {
  try {
    await testEngine().killContainer(container, 'SIGKILL')
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

/** Nothing answers for a while; with `containers` everything that ran dies meanwhile, with `server` the server as well. */
export const loseEngine = (
  proxy: EngineProxy,
  options: AtRandom & { onBlow: () => void; containers?: boolean; server?: boolean },
): Fire =>
  atRandom(options, async (world) => {
    proxy.cut()
    options.onBlow()
    if (options.containers)
      await Promise.all((await world.containers()).map(({ id }) => killed(id)))
    if (options.server) await world.product.kill()
    await Bun.sleep(options.random.between(0, 1500))
    if (options.server) await world.restart()
    await Bun.sleep(options.random.between(0, 1500))
    await proxy.open()
  })
