/** A checkpoint of the built binary: the real CLI goes on from it, in the task itself and in a new one. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { RestorePreview } from '#contract/restore-preview.ts'
import type { Task } from '#contract/task.ts'
import { answer, bash, read, type Step, type Story, say } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { makeRepository, openTempDir, type TempDir } from '../support/git.ts'
import { toPlan } from '../support/product-model.ts'
import { eventually, gitOut, startWorld, type World } from '../support/product-world.ts'

const noEngine = await requireEngine()
const name = 'go-back'

const first = 'echo first > lone.txt && chmod 750 lone.txt && ln -s nowhere link && mkdir -p empty'
const look = 'cat lone.txt > seen.txt && stat -c "%A %n" lone.txt link empty >> seen.txt'

/** By prompt: its task, the words after a stop, and those after a restore. */
const story: Story = ({ agent, round, prompt, body }) => {
  if (!JSON.stringify(body.messages).includes(name)) return undefined
  if (agent === 'planner') return [toPlan([{ id: 'lone' }])]
  if (prompt.includes('are those of')) return [bash(look), say('Went on.')]
  const steps: Step[] =
    round === 1 ? [bash(first), say('First.')] : [bash('echo second > lone.txt && rm link')]
  return [...steps, say('Held.')]
}

const asking = 'ask-again'
/** A planner that asks; taken back to that, it reads and plans. */
const planning: Story = ({ agent, prompt, body }) => {
  if (!JSON.stringify(body.messages).includes(asking)) return undefined
  if (agent === 'lone') return [bash('echo done > done.txt'), say('Done.')]
  if (!prompt.includes('are those of'))
    return [answer({ kind: 'questions', questions: [{ text: 'Which way?' }] })]
  const isSeen = (text = ''): boolean => text.includes('hello from the source')
  return [
    read('hello.txt'),
    ({ results }) => toPlan([{ id: 'lone', name: isSeen(results[0]?.text) ? 'Read' : 'Blank' }]),
  ]
}

describe.skipIf(noEngine !== undefined)('a checkpoint', () => {
  let world: World
  let source: TempDir
  beforeAll(async () => {
    world = await startWorld({ stories: [story, planning] })
    source = await openTempDir()
  }, 30_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await source?.[Symbol.asyncDispose]()
  }, 30_000)

  const over = async (id: string): Promise<Task> => {
    await eventually(async () => (await world.product.task(id)).restore?.state !== 'under-way')
    return await world.product.task(id)
  }

  test('is gone back to, and forked: files and conversation go on, in fresh volumes (K2, K3, K7, K8)', async () => {
    const { product, model } = world
    const holds = [1, 2].map((round) => model.hold({ task: name, agent: 'lone', round, step: 1 }))
    const { id } = await world.create(name)
    await holds[0]?.reached
    await product.post(`/api/tasks/${id}/stop`)
    await world.reach(id, 'checkpoint.taken')
    const path = `/api/tasks/${id}/checkpoints`
    const { checkpoints } = await product.get<{ checkpoints: Checkpoint[] }>(path)
    const checkpoint = checkpoints[0]?.id ?? ''
    expect(checkpoints).toMatchObject([{ cause: 'stop', status: 'ready' }])
    const before = await world.agentOf(id, 'lone')
    await product.post(`/api/tasks/${id}/resume`)
    await holds[1]?.reached

    const preview = await product.get<RestorePreview>(`${path}/${checkpoint}/restore`)
    expect(preview).toMatchObject({ possible: 'stop', agents: [{ becomes: 'goes-back' }] })
    await product.post(`${path}/${checkpoint}/restore`, { stop: true })
    expect(await over(id)).toMatchObject({ status: 'paused', restore: { state: 'done' } })
    const agent = await world.agentOf(id, 'lone')
    expect(agent).toMatchObject({
      session_id: before.session_id,
      restored_from: { agent_id: before.id, checkpoint_id: checkpoint },
    })
    // The old ones are gone, and only the new agent has volumes.
    await eventually(async () => (await world.volumes()).length === 2)
    expect(await world.containers()).toEqual([])

    const fork = await product.post<Task>(`${path}/${checkpoint}/fork`, { name: 'The other' })
    expect(await over(fork.id)).toMatchObject({ status: 'paused', restore: { state: 'done' } })
    for (const hold of holds) hold.open()
    for (const task of [id, fork.id]) {
      const { last } = await product.get<{ last: number }>(`/api/tasks/${task}/events?limit=1000`)
      await product.post(`/api/tasks/${task}/resume`)
      const ended = await world.end(task, last)
      expect(ended).toMatchObject({ status: 'completed' })
      expect(gitOut(world.bareOf(task), 'show', `${ended.branch}:seen.txt`)).toBe(
        'first\n-rwxr-x--- lone.txt\nlrwxrwxrwx link\ndrwxr-xr-x empty\n',
      )
    }
    const words = model.asked(name).filter(({ prompt }) => prompt.includes('are those of'))
    expect(words.length).toBeGreaterThan(3)
    expect(words.filter(({ sessionId }) => sessionId !== before.session_id)).toEqual([])
    for (const { body } of words) {
      const talk = JSON.stringify(body?.messages)
      expect(talk).toContain('echo first')
      expect(talk).not.toContain('echo second')
    }
  }, 180_000)

  test('of a planner that had asked is gone back to: it has its files and knows what it asked', async () => {
    const { product, model } = world
    await makeRepository(source.path, { 'hello.txt': 'hello from the source\n' })
    const { id } = await world.create(asking, { source: { kind: 'local', path: source.path } })
    await world.reach(id, 'planner.question')
    await product.post(`/api/tasks/${id}/stop`)
    await world.reach(id, 'checkpoint.taken')
    const path = `/api/tasks/${id}/checkpoints`
    const { checkpoints } = await product.get<{ checkpoints: Checkpoint[] }>(path)
    const [planner] = await product.agents(id)
    await product.post(`${path}/${checkpoints[0]?.id}/restore`)
    expect(await over(id)).toMatchObject({ status: 'paused', restore: { state: 'done' } })
    expect((await product.agents(id)).at(-1)).toMatchObject({
      ...{ kind: 'planner', session_id: planner?.session_id },
      restored_from: { agent_id: planner?.id },
    })

    await product.post(`/api/tasks/${id}/resume`)
    expect(await world.rest(id)).toMatchObject({ status: 'completed' })
    expect((await product.plan(id)).subtasks[0]?.name).toBe('Read')
    const words = model.asked(asking).filter(({ prompt }) => prompt.includes('are those of'))
    expect(JSON.stringify(words.at(0)?.body?.messages)).toContain('Which way?')
  }, 120_000)
})
