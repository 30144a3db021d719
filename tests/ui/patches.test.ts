import { expect, test } from 'bun:test'
import { createEffect, createRoot } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { EventType, TaskEvent } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import { createCache } from '../../ui/src/data/cache.ts'
import { createPatches } from '../../ui/src/data/patches.ts'
import { makeAgent, makeTask } from './mock-data.ts'

const never = (): Promise<never> => new Promise(() => undefined)

test('what an agent does and costs changes its row and the cost of its task, once for many events', () => {
  const liveAgents = createCache<Agent[]>(never)
  const tasks = createCache<Task[]>(never)
  const task = createCache<Task>(never)
  const timers: (() => void)[] = []
  const patches = createPatches({ liveAgents, tasks, task }, (work) => timers.push(work))
  liveAgents.put('all', [
    makeAgent('a', { task_id: 't', cost_usd: 1 }),
    makeAgent('b', { task_id: 't', cost_usd: 2 }),
  ])
  tasks.put('active', [makeTask('t', { cost_usd: 3 })])
  const seen: string[] = []
  const dispose = createRoot((stop) => {
    createEffect(() => {
      const [first, second] = liveAgents.get('all').value ?? []
      const cost = tasks.get('active').value?.[0]?.cost_usd
      seen.push(`${first?.activity} ${first?.cost_usd} ${second?.cost_usd} ${cost}`)
    })
    return stop
  })
  const event = (type: EventType, data: Record<string, unknown>): TaskEvent => ({
    ...{ id: 1, seq: 1, task_id: 't', agent_id: 'a', created_at: '' },
    type,
    data,
  })
  patches.take(event('agent.activity', { activity: 'Read a.ts' }))
  patches.take(event('agent.activity', { activity: 'Edit a.ts' }))
  patches.take(event('agent.usage', { cost_usd: 1.5, turns: 2 }))
  patches.take(event('subtask.started', {}))
  for (const work of timers) work()
  expect(timers.length).toBe(1)
  expect(seen).toEqual(['undefined 1 2 3', 'Edit a.ts 1.5 2 3.5'])
  dispose()
})
