/** The built binary with containers that stand by, as it comes. */
import { afterEach, describe, expect, test } from 'bun:test'
import { bash, say } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { inTask, planned } from '../support/product-model.ts'
import { eventually, startWorld, type World } from '../support/product-world.ts'

const noEngine = await requireEngine()
const name = 'stand by'
const story = inTask(name, {
  planner: planned([{ id: 'lone' }]),
  subtasks: { lone: [bash('echo a > lone.txt'), say('Done.')] },
})

describe.skipIf(noEngine !== undefined)('containers that stand by', () => {
  let world: World | undefined
  afterEach(() => world?.[Symbol.asyncDispose](), 30_000)

  const start = async (): Promise<World> => {
    world = await startWorld({ stories: [story], env: { KLAUDIO_STANDBY_CONTAINERS: '1' } })
    return world
  }
  const ids = async ({ containers }: World): Promise<string[]> =>
    (await containers()).map(({ id }) => id).sort()

  test('run before there is a task, take the planner in, and are gone with the server', async () => {
    const here = await start()
    await eventually(async () => (await here.containers()).length === 2)
    const before = await ids(here)
    const thinking = here.model.hold({ task: name, agent: 'planner' })
    const task = await here.create(name)
    await thinking.reached
    const [planner] = await here.product.agents(task.id)
    expect(before).toContain(planner?.container_id ?? 'none')
    thinking.open()
    expect(await here.rest(task.id)).toMatchObject({ status: 'completed' })
    await eventually(async () => (await here.containers()).length === 2)
    expect(await here.product.stop()).toBe(0)
    expect(await here.containers()).toEqual([])
    expect(await here.volumes()).toEqual([])
  }, 120_000)

  test('of a killed server are replaced by those of the next, and none is left over', async () => {
    const here = await start()
    await eventually(async () => (await here.containers()).length === 2)
    const before = await ids(here)
    await here.product.kill()
    await here.restart()
    await eventually(async () => {
      const now = await ids(here)
      return now.length === 2 && !now.some((id) => before.includes(id))
    })
    expect(await here.volumes()).toHaveLength(4)
  }, 120_000)
})
