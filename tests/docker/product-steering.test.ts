/** What a person does to agents at work: speak to them, interrupt them, stop and go on, cancel, delete. */
import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentInput } from '#contract/agent.ts'
import type { SystemState } from '#contract/system.ts'
import { bash, type Step, say, write } from '#model/story.ts'
import { requireEngine, testEngine } from '../support/docker.ts'
import { askedTwice, inTask, planned } from '../support/product-model.ts'
import { eventually, gitOut, startWorld, type World } from '../support/product-world.ts'

/** One agent that first writes a file and then says what it has heard. */
const lone = (name: string) =>
  inTask(name, { planner: planned([{ id: 'lone' }]), subtasks: { lone: listening } })
const listening: Step[] = [
  bash('echo first >> lone.txt'),
  ({ steering }) => say(`Heard: ${steering.join('; ') || 'nothing'}.`),
]

/** What it does at the prompt that follows an interruption. */
const afterInterrupt = inTask('interrupt-it', {
  others: [[], [bash('echo second >> lone.txt'), say('Went on.')]],
})

const twoAtWork = (name: string) =>
  inTask(name, {
    planner: planned([
      { id: 'left' },
      { id: 'right' },
      { id: 'both', depends_on: ['left', 'right'] },
    ]),
    subtasks: {
      left: [write('left.txt', 'left'), say('Left.')],
      right: [write('right.txt', 'right'), say('Right.')],
      both: [bash('cat left.txt right.txt > both.txt'), say('Both.')],
    },
  })

const noEngine = await requireEngine()
const engine = testEngine()

describe.skipIf(noEngine !== undefined)('a person', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld({
      stories: [
        lone('speak-to-it'),
        lone('interrupt-it'),
        lone('freeze-it'),
        afterInterrupt,
        twoAtWork('stop-and-go-on'),
        twoAtWork('cancel-it'),
      ],
    })
  }, 30_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  const slotsUsed = async (): Promise<number> =>
    (await world.product.get<SystemState>('/api/system')).slots.used

  test('can speak to an agent at work, which reads it before its next words', async () => {
    const name = 'speak-to-it'
    const first = world.model.hold({ task: name, agent: 'lone' })
    const { id } = await world.create(name)
    await first.reached
    const agent = await world.agentOf(id, 'lone')
    const receipt = await world.product.call('POST', `/api/tasks/${id}/message`, {
      agent_id: agent.id,
      content: 'Mind the gap',
    })
    expect(receipt.status).toBe(200)
    expect(await receipt.json()).toMatchObject({ agent_id: agent.id, priority: 'next' })
    await world.product.until(
      id,
      ({ type, data }) => type === 'agent.input' && data.state === 'queued',
    )
    first.open()
    expect(await world.rest(id)).toMatchObject({ status: 'completed' })
    const { subtasks } = await world.product.plan(id)
    expect(subtasks[0]?.summary).toBe('Heard: Mind the gap.')
    const path = `/api/tasks/${id}/agents/${agent.id}`
    const { inputs } = await world.product.get<{ inputs: AgentInput[] }>(`${path}/inputs`)
    expect(inputs.map(({ content, state }) => [content, state])).toEqual([['Mind the gap', 'done']])
    const late = await world.product.call('POST', `/api/tasks/${id}/message`, {
      agent_id: agent.id,
      content: 'Too late',
    })
    expect(late.status).toBe(409)
  }, 60_000)

  test('can interrupt an agent, which then goes on in the same conversation', async () => {
    const name = 'interrupt-it'
    const second = world.model.hold({ task: name, agent: 'lone', step: 1 })
    const { id } = await world.create(name)
    await second.reached
    const agent = await world.agentOf(id, 'lone')
    const path = `/api/tasks/${id}/agents/${agent.id}/interrupt`
    expect(await world.product.post(path)).toEqual({ agent_id: agent.id, interrupted: true })
    const task = await world.rest(id)
    second.open()
    expect(task.status).toBe('completed')
    expect(gitOut(world.bareOf(id), 'show', `${task.branch}:lone.txt`)).toBe('first\nsecond\n')
    const prompts = world.model.asked(name).filter(({ round }) => round === 2)
    expect(prompts[0]?.prompt).toStartWith('You were interrupted.')
    expect(prompts.every(({ sessionId }) => sessionId === agent.session_id)).toBe(true)
  }, 60_000)

  test('can freeze an agent over a restart of the server, give it another model, and look in with a shell', async () => {
    const name = 'freeze-it'
    const first = world.model.hold({ task: name, agent: 'lone' })
    const { id } = await world.create(name)
    await first.reached
    const agent = await world.agentOf(id, 'lone')
    const path = `/api/tasks/${id}/agents/${agent.id}`
    const shell = await openShell(
      `${world.product.url}/ws/tasks/${id}/agents/${agent.id}/shell?cols=91&rows=30`,
    )
    const sleeping = async (): Promise<boolean> => {
      const inside = ['sh', '-c', 'cat /proc/[0-9]*/cmdline']
      const { stdout } = await engine.exec(agent.container_id ?? '', { cmd: inside })
      return new TextDecoder().decode(stdout).includes('sleep\x004000')
    }
    shell.type('echo "$(id -un) $(stty size)"; sleep 4000 & echo started\n')
    await shell.until('agent 30 91\r\n')
    await eventually(sleeping)
    shell.socket.close()
    await eventually(async () => !(await sleeping()))

    const began = Date.now()
    await world.product.post(`/api/tasks/${id}/freeze`)
    console.info(`frozen in ${Date.now() - began} ms`)
    const status = async () => (await engine.inspectContainer(agent.container_id ?? ''))?.status
    expect(await status()).toBe('paused')
    first.open()
    const told = await world.product.call('POST', `/api/tasks/${id}/message`, {
      agent_id: agent.id,
      content: 'Mind the ice',
    })
    expect(await told.json()).toMatchObject({ state: 'pending' })
    expect((await world.product.call('GET', `${path}/changes`)).status).toBe(200)
    expect((await world.product.call('POST', `${path}/interrupt`)).status).toBe(409)
    await world.product.kill()
    await world.restart()
    expect(await world.product.get(path)).toMatchObject({ frozen_since: expect.any(String) })
    expect(await status()).toBe('paused')
    const change = await world.product.call('PATCH', path, { model: 'haiku' })
    expect(await change.json()).toMatchObject({ model: 'haiku' })
    await world.product.post(`/api/tasks/${id}/unfreeze`)
    expect(await world.rest(id)).toMatchObject({ status: 'completed' })
    expect((await world.product.plan(id)).subtasks[0]?.summary).toBe('Heard: Mind the ice.')
    const done = await world.product.get<{ container_id?: string }>(path)
    expect(done.container_id === undefined || done.container_id === agent.container_id).toBe(true)
  }, 90_000)

  test('can stop a task with two agents at work and go on with the same two', async () => {
    const name = 'stop-and-go-on'
    const holds = ['left', 'right'].map((agent) => world.model.hold({ task: name, agent, step: 1 }))
    const { id } = await world.create(name)
    await Promise.all(holds.map(({ reached }) => reached))
    const before = await world.product.agents(id)
    await world.product.post(`/api/tasks/${id}/stop`)
    const { data } = await world.reach(id, 'task.paused')
    expect(data).toMatchObject({ lost: [] })
    expect(data.saved).toHaveLength(2)
    expect(await world.product.task(id)).toMatchObject({ status: 'paused', phase: null })
    expect(await world.containers({ 'klaudio.task': id })).toEqual([])
    expect(await world.volumes({ 'klaudio.task': id })).toHaveLength(4)
    expect(await slotsUsed()).toBe(0)

    for (const hold of holds) hold.open()
    await world.product.post(`/api/tasks/${id}/resume`)
    const task = await world.rest(id)
    expect(task).toMatchObject({ status: 'completed', progress: { completed: 3 } })
    expect(gitOut(world.bareOf(id), 'show', `${task.branch}:both.txt`)).toBe('leftright')
    const workers = (await world.product.agents(id)).filter(({ subtask_id }) =>
      ['left', 'right'].includes(subtask_id ?? ''),
    )
    expect(workers.map((one) => [one.id, one.session_id])).toEqual(
      before
        .filter(({ subtask_id }) => ['left', 'right'].includes(subtask_id ?? ''))
        .map((one) => [one.id, one.session_id]),
    )
    // Only the answer that was cut off is asked for again.
    expect(
      askedTwice(world.model.asked(name)).every((place) => /^(left|right)\/.*\/1$/.test(place)),
    ).toBe(true)
  }, 90_000)

  test('can cancel a task in the middle and then delete it, and nothing is left', async () => {
    const name = 'cancel-it'
    const holds = ['left', 'right'].map((agent) => world.model.hold({ task: name, agent, step: 1 }))
    const { id } = await world.create(name)
    await Promise.all(holds.map(({ reached }) => reached))
    const agents = await world.product.agents(id)
    await world.product.post(`/api/tasks/${id}/cancel`)
    await world.reach(id, 'task.cancelled')
    expect(await world.product.task(id)).toMatchObject({ status: 'cancelled', phase: null })
    await eventually(async () => (await world.volumes({ 'klaudio.task': id })).length === 0)
    expect(await world.containers({ 'klaudio.task': id })).toEqual([])
    expect(await slotsUsed()).toBe(0)
    expect(existsSync(world.bareOf(id))).toBe(true)

    const deleted = await world.product.call('DELETE', `/api/tasks/${id}`)
    expect(deleted.status).toBe(200)
    expect((await world.product.call('GET', `/api/tasks/${id}`)).status).toBe(404)
    expect(existsSync(world.bareOf(id))).toBe(false)
    const files = new Bun.Glob('**/*').scanSync({ cwd: join(world.dir, 'data'), onlyFiles: false })
    const ids = [id, ...agents.map((agent) => agent.id)]
    expect([...files].filter((path) => ids.some((one) => path.includes(one)))).toEqual([])
    expect(rowsOf(join(world.dir, 'data/klaudio.db'), ids)).toEqual([])
  }, 60_000)
})

async function openShell(url: string) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  socket.binaryType = 'arraybuffer'
  let text = ''
  socket.onmessage = ({ data }) => {
    text += data instanceof ArrayBuffer ? new TextDecoder().decode(data) : String(data)
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return {
    socket,
    type: (keys: string) => socket.send(new TextEncoder().encode(keys)),
    until: (words: string) => eventually(async () => text.includes(words)),
  }
}

/** Tables in which a row still mentions one of the ids. */
function rowsOf(path: string, ids: readonly string[]): string[] {
  const db = new Database(path, { readonly: true })
  try {
    const tables = db
      .query<{ name: string }, []>("select name from sqlite_schema where type = 'table'")
      .all()
    return tables
      .map(({ name }) => name)
      .filter((name) => {
        const rows = JSON.stringify(db.query(`select * from "${name}"`).all())
        return ids.some((id) => rows.includes(id))
      })
  } finally {
    db.close()
  }
}
