import { describe, expect, test } from 'bun:test'
import type { TaskEvent } from '#contract/event.ts'
import { toRateState, toRateStates } from '#streams/rate-state.ts'

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()
const event = (type: TaskEvent['type'], data: TaskEvent['data'], agent = 'a'): TaskEvent => ({
  id: 1,
  task_id: 't',
  seq: 1,
  type,
  agent_id: agent,
  data,
  created_at: at(100),
})
const now = 110_000

describe('a rate limit', () => {
  test('holds until its reset and says when that is', () => {
    const data = { status: 'rejected', window: 'five_hour', resets_at: at(170) }
    expect(toRateState(event('agent.rate-limit', data), now)).toEqual({
      agent_id: 'a',
      task_id: 't',
      is_limited: true,
      retry_in_seconds: 60,
      attempt: 0,
      max_retries: 0,
      message: 'The five hour limit is reached.',
      reset_at: at(170),
      detected_at: at(100),
    })
    expect(toRateState(event('agent.rate-limit', data), 171_000).is_limited).toBe(false)
  })

  test('without a known reset holds, and has the zero time', () => {
    const state = toRateState(event('agent.rate-limit', { status: 'rejected' }), now)
    expect(state).toMatchObject({
      is_limited: true,
      retry_in_seconds: 0,
      reset_at: '0001-01-01T00:00:00Z',
    })
  })

  test.each(['allowed', 'allowed_warning'])('that is %s limits nobody', (status) => {
    expect(toRateState(event('agent.rate-limit', { status }), now).is_limited).toBe(false)
  })
})

describe('a retry', () => {
  const data = { attempt: 3, delay_ms: 15_000, status: 429 }
  test('of a refused request counts down to the next attempt', () => {
    expect(toRateState(event('agent.retrying', data), now)).toMatchObject({
      is_limited: true,
      retry_in_seconds: 5,
      attempt: 3,
    })
    expect(toRateState(event('agent.retrying', data), 116_000).is_limited).toBe(false)
  })

  test('for another reason is no limit', () => {
    expect(toRateState(event('agent.retrying', { ...data, status: 529 }), now).is_limited).toBe(
      false,
    )
  })
})

test('the newest state of each agent counts', () => {
  const states = toRateStates(
    [
      event('agent.rate-limit', { status: 'rejected' }, 'a'),
      event('agent.rate-limit', { status: 'rejected' }, 'b'),
      event('agent.rate-limit', { status: 'allowed' }, 'a'),
    ],
    now,
  )
  expect(states.map((state) => [state.agent_id, state.is_limited])).toEqual([
    ['a', false],
    ['b', true],
  ])
})
