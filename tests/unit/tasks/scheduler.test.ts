import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createScheduler, type QueueChange } from '#tasks/scheduler.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A scheduler whose agents are named `<task><number>`, with what it told about its queue. */
function createBench(total: number) {
  const told: QueueChange[] = []
  const scheduler = createScheduler({ total, onQueue: (changes) => told.push(...changes) })
  const working = new Map<string, () => void>()
  const ask = (agentId: string, perTask = 99, priority = 0, signal?: AbortSignal) =>
    scheduler
      .acquire({
        agentId,
        taskId: agentId.slice(0, 1),
        perTask,
        priority,
        ...(signal ? { signal } : {}),
      })
      .then((release) => void working.set(agentId, release))
  const end = (agentId: string): void => {
    working.get(agentId)?.()
    working.delete(agentId)
  }
  return {
    scheduler,
    told,
    ask: (...args: Parameters<typeof ask>) => void ask(...args).catch(() => {}),
    end,
    names: () => [...working.keys()].sort().join(' '),
    queue: () =>
      scheduler
        .state()
        .waiting.map(({ agentId }) => agentId)
        .join(' '),
  }
}

describe('the scheduler', () => {
  test('never gives out more slots than there are, whoever asks', async () => {
    const { ask, end, names, scheduler } = createBench(2)
    for (const id of ['a1', 'b1', 'c1']) ask(id)
    await tick()
    expect(names()).toBe('a1 b1')
    expect(scheduler.state().used).toBe(2)
    end('a1')
    await tick()
    expect(names()).toBe('b1 c1')
  })

  test('an agent beyond the limit waits visibly, and its place moves up', async () => {
    const { ask, end, told, scheduler } = createBench(1)
    for (const id of ['a1', 'a2', 'a3']) ask(id)
    await tick()
    expect(scheduler.state().waiting).toEqual([
      { agentId: 'a2', taskId: 'a', position: 1 },
      { agentId: 'a3', taskId: 'a', position: 2 },
    ])
    told.length = 0
    end('a1')
    await tick()
    expect(told).toEqual([
      { agentId: 'a2', taskId: 'a', position: null, granted: true },
      { agentId: 'a3', taskId: 'a', position: 1, granted: false },
    ])
  })

  test('nothing is said about an agent that never had to wait', async () => {
    const { ask, told } = createBench(1)
    ask('a1')
    await tick()
    expect(told).toEqual([])
  })

  test('the task with the fewest slots is next, however many another has asked for before', async () => {
    const { ask, end, names, queue } = createBench(2)
    for (const id of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) ask(id)
    await tick()
    expect(names()).toBe('a1 a2')
    expect(queue()).toBe('b1 b2 a3 a4')
    end('a1')
    end('a2')
    await tick()
    // The second slot: both tasks hold one or none; `b` holds one by then, so `a` is next.
    expect(names()).toBe('a3 b1')
  })

  test('among equals the one that has waited longest since its last slot is next, so none is starved', async () => {
    const { ask, end, names } = createBench(1)
    for (const id of ['a1', 'a2', 'a3', 'b1', 'c1']) ask(id)
    await tick()
    const order: string[] = []
    for (let i = 0; i < 5; i++) {
      order.push(names())
      end(names())
      await tick()
    }
    // a2 asked before b and c did; a3 did too, but a has had its turn since.
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3'])
  })

  test('a task at its own limit leaves the slot to others, and gets one when it is below', async () => {
    const { ask, end, names } = createBench(3)
    for (const id of ['a1', 'a2', 'a3']) ask(id, 2)
    await tick()
    expect(names()).toBe('a1 a2')
    ask('b1', 2)
    await tick()
    expect(names()).toBe('a1 a2 b1')
    end('a1')
    await tick()
    expect(names()).toBe('a2 a3 b1')
  })

  test('inside one task what has the higher priority goes first', async () => {
    const { ask, end, names } = createBench(1)
    ask('a1')
    ask('a2', 9, 1)
    ask('a3', 9, 5)
    await tick()
    end('a1')
    await tick()
    expect(names()).toBe('a3')
  })

  test('an agent that gives up leaves the queue, and those behind it move up', async () => {
    const { ask, queue, told } = createBench(1)
    const abort = new AbortController()
    ask('a1')
    ask('a2', 9, 0, abort.signal)
    ask('a3')
    await tick()
    abort.abort(new Error('stopped'))
    await tick()
    expect(queue()).toBe('a3')
    expect(told).toContainEqual({ agentId: 'a2', taskId: 'a', position: null, granted: false })
  })

  test('an agent that held a slot before a restart goes on at once, even beyond the limit', async () => {
    const { ask, names, scheduler } = createBench(1)
    scheduler.retake('a1', 'a')
    scheduler.retake('a2', 'a')
    ask('b1')
    ask('a1')
    ask('a2')
    await tick()
    expect(names()).toBe('a1 a2')
    expect(scheduler.state()).toMatchObject({ used: 2, total: 1 })
  })

  test('giving a slot back twice frees one slot', async () => {
    const { scheduler, ask, names } = createBench(1)
    const release = await scheduler.acquire({ agentId: 'a1', taskId: 'a', perTask: 1 })
    ask('a2')
    ask('a3')
    release()
    release()
    await tick()
    expect(names()).toBe('a2')
  })

  test('whatever is asked and given back: limits hold, no free slot is kept from who may have it, all are served', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('ask' as const), task: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ kind: fc.constant('end' as const), pick: fc.nat(9) }),
      ),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (plan, total) => {
        const { ask, end, names, scheduler } = createBench(total)
        const limit = { a: 1, b: 2, c: 3 }
        let count = 0
        const working = (): string[] => names().split(' ').filter(Boolean)
        const check = (): void => {
          const { waiting } = scheduler.state()
          expect(working().length).toBeLessThanOrEqual(total)
          for (const [task, most] of Object.entries(limit)) {
            const mine = working().filter((id) => id.startsWith(task)).length
            expect(mine).toBeLessThanOrEqual(most)
            const isKeptOut = working().length < total && mine < most
            if (isKeptOut) expect(waiting.some(({ taskId }) => taskId === task)).toBe(false)
          }
        }
        for (const step of plan) {
          if (step.kind === 'ask')
            ask(`${step.task}${++count}`, limit[step.task as 'a' | 'b' | 'c'])
          else end(working()[step.pick % Math.max(1, working().length)] ?? '')
          await tick()
          check()
        }
        for (let left = count; left >= 0 && working().length > 0; left--) {
          end(working()[0] ?? '')
          await tick()
        }
        expect(scheduler.state()).toEqual({ used: 0, total, waiting: [] })
      }),
      { numRuns: 60 },
    )
  })
})
