import { expect, test } from 'bun:test'
import type { OnFetch } from '#workspaces/mirrors.ts'
import { createFakeWorkspaces, FakeRepositories } from '../../support/fake-workspaces.ts'
import { createWorld } from '../../support/test-tasks.ts'

test('how a repository gets on is on its task, sparsely in its timeline, and called off by a stop', async () => {
  let tell: OnFetch | undefined
  let isOver = false
  let now = 1_000_000
  await using world = createWorld({
    clock: { now: () => now, sleep: (_ms, signal) => untilAborted(signal) },
    workspaces: {
      ...createFakeWorkspaces(new FakeRepositories(), async () => {}),
      async prepare({ signal, onProgress }) {
        tell = onProgress
        await untilAborted(signal).finally(() => {
          isOver = true
        })
        throw new Error('never')
      },
    },
  })
  const { id } = world.create({ source: { kind: 'git', url: 'https://git.example.com/a' } })
  await world.until('the fetch', () => tell !== undefined)
  const say: OnFetch = (progress) => tell?.(progress)
  const told = (): unknown[] =>
    world
      .events(id)
      .filter(({ type }) => type === 'source.progress')
      .map(({ data }) => [data.stage, data.percent])
  say({ stage: 'connecting' })
  expect(world.tasks.get(id).source_progress).toMatchObject({ stage: 'connecting' })
  // What is over within a moment is not worth a line.
  expect(told()).toEqual([])
  now += 1000
  for (let percent = 0; percent <= 25; percent++)
    say({ stage: 'receiving', percent, bytes: percent * 1000 })
  now += 10_000
  say({ stage: 'receiving', percent: 26 })
  say({ stage: 'resolving', percent: 1 })
  expect(told()).toEqual([
    ['receiving', 0],
    ['receiving', 10],
    ['receiving', 20],
    ['receiving', 26],
    ['resolving', 1],
  ])
  // What was received stays known.
  const shown = world.tasks.get(id).source_progress
  expect(shown).toMatchObject({ stage: 'resolving', percent: 1, bytes: 25_000 })
  world.tasks.stop(id)
  await world.until('the end of the fetch', () => isOver)
  await world.until('a task at rest', () => world.tasks.get(id).phase === null)
  expect(world.tasks.get(id)).toMatchObject({ status: 'paused' })
  expect(world.tasks.get(id).source_progress).toBeUndefined()
})

const untilAborted = (signal?: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
