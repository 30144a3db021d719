import { expect, test } from 'bun:test'
import { systemClock } from '#lib/clock.ts'
import { createTaskStats, parseInterval, type TaskStatsOptions } from '#streams/task-stats.ts'
import { createFakeViewer, until } from '../../support/fake-viewer.ts'

function connect(sample: TaskStatsOptions['sample'], { greedy = true } = {}) {
  const viewer = createFakeViewer({ greedy })
  const sleeps: number[] = []
  const clock = {
    now: () => 1_000_000,
    sleep(ms: number, signal?: AbortSignal) {
      sleeps.push(ms)
      return systemClock.sleep(0, signal)
    },
  }
  const session = createTaskStats({ wire: viewer, taskId: 't', intervalMs: 700, sample, clock })
  return { viewer, session, sleeps }
}

test('stats come at once and then every interval', async () => {
  const { viewer, session, sleeps } = connect(async () => [{ agent_id: 'a' }])
  await until(() => viewer.taken.length >= 3, 'three samples')
  session.close()
  expect(viewer.texts()[0] as unknown).toEqual({
    task_id: 't',
    agents: [{ agent_id: 'a' }],
    timestamp: '1970-01-01T00:16:40.000Z',
  })
  expect(new Set(sleeps)).toEqual(new Set([700]))
})

test('agents is an empty array when nothing runs, and when the engine is away, which is said (U11)', async () => {
  const idle = connect(async () => [])
  const broken = connect(() => Promise.reject(new Error('The engine does not answer.')))
  await until(() => idle.viewer.taken.length + broken.viewer.taken.length >= 2, 'samples')
  idle.session.close()
  broken.session.close()
  expect(idle.viewer.taken[0]).toMatchObject({ agents: [] })
  expect(broken.viewer.taken[0]).toMatchObject({ agents: [], error: 'The engine does not answer.' })
})

test('samples do not overlap, a slow client gets no pile of them, and closing stops them', async () => {
  let running = 0
  const signals: AbortSignal[] = []
  const { viewer, session, sleeps } = connect(
    async (_task, signal) => {
      running += 1
      signals.push(signal)
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
      return []
    },
    { greedy: false },
  )
  await until(() => sleeps.length >= 5, 'five samples')
  session.close()
  viewer.take()
  expect(viewer.taken).toHaveLength(1)
  expect(signals.every((signal) => signal.aborted)).toBe(true)
})

test.each<[string | null, number]>([
  [null, 2000],
  ['', 2000],
  ['2s', 2000],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['499ms', 2000],
  ['0', 2000],
  ['-5s', 2000],
  ['soon', 2000],
  ['99h', 3_600_000],
])('an interval of %j is %i ms', (text, ms) => {
  expect(parseInterval(text)).toBe(ms)
})
