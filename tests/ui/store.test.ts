import { describe, expect, test } from 'bun:test'
import { createEffect, createRoot } from 'solid-js'
import { eventTypes } from '#contract/event.ts'
import { ApiError } from '../../ui/src/data/api.ts'
import { createCache } from '../../ui/src/data/cache.ts'
import { affects } from '../../ui/src/data/invalidate.ts'

type Item = { id: string; name: string }

/** A server whose answers the test gives one by one. */
function setUp() {
  const asked: {
    key: string
    answer(value: Item[]): Promise<void>
    fail(error: Error): Promise<void>
  }[] = []
  const timers: (() => void)[] = []
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  const cache = createCache<Item[]>(
    (key) =>
      new Promise((resolve, reject) => {
        asked.push({
          key,
          answer: (value) => {
            resolve(value)
            return settle()
          },
          fail: (error) => {
            reject(error)
            return settle()
          },
        })
      }),
    { now: () => 7, after: (_ms, work) => timers.push(work) },
  )
  return {
    cache,
    asked,
    settle,
    runTimers() {
      for (const work of timers.splice(0)) work()
    },
  }
}

describe('what the server said', () => {
  test('is fetched when somebody reads it, once', async () => {
    const { cache, asked, settle } = setUp()
    expect(cache.get('a').state).toBe('loading')
    cache.get('a')
    await settle()
    expect(asked.map(({ key }) => key)).toEqual(['a'])
    await asked[0]?.answer([{ id: '1', name: 'one' }])
    expect(cache.get('a')).toEqual({
      state: 'ready',
      at: 7,
      value: [{ id: '1', name: 'one' }],
    })
  })

  test('is fetched once for many changes at once, and again for one that comes meanwhile', async () => {
    const { cache, asked, settle, runTimers } = setUp()
    cache.get('a')
    await settle()
    await asked[0]?.answer([])
    for (let times = 0; times < 10; times++) cache.invalidate('a')
    runTimers()
    expect(asked).toHaveLength(2)
    cache.invalidate('a')
    runTimers()
    expect(asked).toHaveLength(2)
    await asked[1]?.answer([])
    runTimers()
    expect(asked).toHaveLength(3)
  })

  test('is not fetched for a change of something nobody looks at', () => {
    const { cache, asked, runTimers } = setUp()
    cache.invalidate('a')
    cache.invalidateAll()
    runTimers()
    expect(asked).toHaveLength(0)
  })

  test('stays when it cannot be renewed, with the cause beside it', async () => {
    const { cache, asked, settle, runTimers } = setUp()
    cache.get('a')
    await settle()
    await asked[0]?.answer([{ id: '1', name: 'one' }])
    cache.invalidate('a')
    runTimers()
    await asked[1]?.fail(
      new ApiError('Klaudio does not answer.', { code: 'unreachable', status: 0 }),
    )
    const entry = cache.get('a')
    expect(entry.state).toBe('failed')
    expect(entry.error?.message).toBe('Klaudio does not answer.')
    expect(entry.value).toEqual([{ id: '1', name: 'one' }])
  })

  test('a change of one item touches only what shows that item', async () => {
    const { cache, asked, settle, runTimers } = setUp()
    cache.get('a')
    await settle()
    await asked[0]?.answer([
      { id: '1', name: 'one' },
      { id: '2', name: 'two' },
    ])
    const seen: string[] = []
    const dispose = createRoot((disposeRoot) => {
      createEffect(() => seen.push(`first ${cache.get('a').value?.[0]?.name}`))
      createEffect(() => seen.push(`second ${cache.get('a').value?.[1]?.name}`))
      return disposeRoot
    })
    cache.invalidate('a')
    runTimers()
    await asked[1]?.answer([
      { id: '1', name: 'one' },
      { id: '2', name: 'zwei' },
    ])
    expect(seen).toEqual(['first one', 'second two', 'second zwei'])
    dispose()
  })
})

describe('what an event makes out of date', () => {
  const event = (type: (typeof eventTypes)[number], agent?: string) =>
    affects({
      id: 1,
      task_id: 't',
      seq: 1,
      type,
      data: {},
      created_at: '',
      ...(agent ? { agent_id: agent } : {}),
    }).map(([name, key]) => `${name} ${key}`)

  test('every event but the frequent small ones renews its task', () => {
    const quiet = ['agent.activity', 'agent.input', 'agent.usage', 'source.progress']
    for (const type of eventTypes)
      expect([type, event(type).includes('task t')]).toEqual([type, !quiet.includes(type)])
  })

  test('a subtask renews the plan, the files and the changes; a question the questions', () => {
    expect(event('subtask.completed')).toEqual(expect.arrayContaining(['plan t', 'changes t']))
    expect(event('planner.question')).toContain('questions t')
    expect(event('agent.question')).toContain('questions t')
    expect(event('agent.input', 'a')).toEqual(['inputs t/a'])
  })
})
