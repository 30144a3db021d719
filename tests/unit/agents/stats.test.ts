import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createStatsSampler } from '#agents/stats.ts'
import { AppError } from '#contract/errors.ts'
import { type Db, openDb } from '#db/open.ts'
import type { ContainerStats } from '#docker/engine.ts'
import { seedAgent, seedTask } from '../../support/seed.ts'

const measured: ContainerStats = {
  cpuPercent: 12.5,
  memoryBytes: 100,
  memoryLimitBytes: 400,
  netRxBytes: 1,
  netTxBytes: 2,
  blockReadBytes: 3,
  blockWriteBytes: 4,
  pids: 5,
}

let db: Db
let close: () => void
beforeEach(() => {
  const opened = openDb(':memory:')
  db = opened.db
  close = opened.close
  seedTask(db, { status: 'running' })
})
afterEach(() => close())

/** An engine that knows these containers. */
const engineWith = (containers: Record<string, ContainerStats | AppError>) => ({
  async stats(id: string): Promise<ContainerStats> {
    const found = containers[id] ?? new AppError('engine.failed', 'No such container.')
    if (found instanceof AppError) throw found
    return found
  },
})

test('running agents with a container are measured, in the reference’s shape', async () => {
  seedAgent(db, 't1', { id: 'planner', kind: 'planner', containerId: 'c0' })
  seedAgent(db, 't1', { id: 'waits' })
  seedAgent(db, 't1', { id: 'over', status: 'completed', containerId: 'c2' })
  const sample = createStatsSampler({ db, engine: engineWith({ c0: measured, c2: measured }) })
  expect(await sample('t1')).toEqual([
    {
      agent_id: 'planner',
      subtask_id: '',
      role: 'planner',
      container_id: 'c0',
      stats: {
        cpu_percent: 12.5,
        memory_usage: 100,
        memory_limit: 400,
        memory_percent: 25,
        net_rx: 1,
        net_tx: 2,
        block_read: 3,
        block_write: 4,
        pids: 5,
      },
    },
  ])
})

test('a container that has just ended is left out', async () => {
  seedAgent(db, 't1', { id: 'gone', containerId: 'c1' })
  seedAgent(db, 't1', { id: 'here', containerId: 'c2' })
  const sample = createStatsSampler({ db, engine: engineWith({ c2: measured }) })
  expect((await sample('t1')).map(({ agent_id }) => agent_id)).toEqual(['here'])
})

test('an engine that does not answer is said, not hidden in an empty list', async () => {
  seedAgent(db, 't1', { containerId: 'c1' })
  const away = new AppError('engine.unreachable', 'No engine answers.')
  const sample = createStatsSampler({ db, engine: engineWith({ c1: away }) })
  await expect(sample('t1')).rejects.toThrow('No engine answers.')
})

test('without a limit the share of memory is 0', async () => {
  seedAgent(db, 't1', { containerId: 'c1' })
  const engine = engineWith({ c1: { ...measured, memoryLimitBytes: 0 } })
  const [first] = await createStatsSampler({ db, engine })('t1')
  expect(first?.stats.memory_percent).toBe(0)
})
