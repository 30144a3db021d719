import { describe, expect, test } from 'bun:test'
import type { EventType, TaskEvent } from '#contract/event.ts'
import { updateAgent } from '#db/agents.ts'
import { systemClock } from '#lib/clock.ts'
import { toSpans } from '#usage/spans.ts'
import { createUsage } from '#usage/usage.ts'
import { toWindows } from '#usage/windows.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedAgent, seedPlan, seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const tokens = (input: number, output: number) => ({
  input_tokens: input,
  output_tokens: output,
  cache_read_tokens: 1000,
  cache_write_tokens: 0,
})

function give({ db, eventLog }: TestApp): void {
  seedTask(db, { status: 'running', baseCommit: 'c0' })
  seedPlan(db, 't1', undefined, { one: 'running' })
  seedAgent(db, 't1', { id: 'a1', subtaskId: 'one' })
  seedAgent(db, 't1', { id: 'a2' })
  const first = { model: 'sonnet', costUsd: 0.5, turns: 3, toolCalls: 7, usage: tokens(10, 20) }
  updateAgent(db, 'a1', first)
  updateAgent(db, 'a2', { costUsd: 1.25, turns: 2, toolCalls: 1, usage: tokens(1, 2) })
  const say = (agentId: string, type: EventType, data: Record<string, unknown>): void =>
    void eventLog.transact((_tx, record) => record({ taskId: 't1', agentId, type, data }))
  say('a1', 'agent.usage', { cost_usd: 0.2, added_usd: 0.2, turns: 1, usage: tokens(5, 5) })
  say('a1', 'agent.usage', { cost_usd: 0.5, added_usd: 0.3, turns: 3, usage: tokens(10, 20) })
  say('a2', 'agent.usage', { cost_usd: 1.25, added_usd: 1.25, turns: 2, usage: tokens(1, 2) })
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

describe('what a task has cost', () => {
  scenarios([
    {
      name: 'is told in all, by agent and by model, the dearest first, and over time',
      given: give,
      request: { path: '/api/tasks/t1/usage' },
      expect: {
        status: 200,
        body: {
          task_id: 't1',
          cost_usd: 1.75,
          turns: 5,
          tool_calls: 8,
          usage: {
            ...{ input_tokens: 11, output_tokens: 22 },
            ...{ cache_read_tokens: 2000, cache_write_tokens: 0 },
          },
          agents: [
            expect.objectContaining({ agent_id: 'a2', model: 'opus', cost_usd: 1.25 }),
            expect.objectContaining({ agent_id: 'a1', subtask_id: 'one', tool_calls: 7 }),
          ],
          models: [
            expect.objectContaining({ model: 'opus', agents: 1, cost_usd: 1.25, turns: 2 }),
            expect.objectContaining({ model: 'sonnet', agents: 1, tool_calls: 7 }),
          ],
          over_time: { span_seconds: 10, spans: expect.any(Array) },
        },
        events: [],
      },
    },
    {
      name: 'is nothing before an agent has worked',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/usage' },
      expect: {
        status: 200,
        body: { cost_usd: 0, agents: [], models: [], over_time: { spans: [] } },
        events: [],
      },
    },
    {
      name: 'of an unknown task is 404',
      request: { path: '/api/tasks/nobody/usage' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('what the installation uses', () => {
  const limited = (app: TestApp): void => {
    give(app)
    const resets_at = inAnHour()
    app.eventLog.transact((_tx, record) =>
      record({
        ...{ taskId: 't1', agentId: 'a1', type: 'agent.rate-limit' },
        data: {
          ...{ status: 'rejected', window: 'five_hour', utilization: 1, resets_at },
          windows: {
            five_hour: { status: 'rejected', utilization: 1, resets_at },
            seven_day: { status: 'allowed', utilization: 0.4, resets_at },
          },
        },
      }),
    )
  }
  scenarios([
    {
      name: 'is the cost of each hour, the windows of the account, and until when it is used up',
      given: limited,
      request: { path: '/api/usage' },
      expect: {
        status: 200,
        body: {
          windows: [
            expect.objectContaining({ name: 'five_hour', status: 'rejected', utilization: 1 }),
            expect.objectContaining({ name: 'seven_day', status: 'allowed', utilization: 0.4 }),
          ],
          reached: { window: 'five_hour', resets_at: expect.any(String) },
          hours: expect.any(Array),
        },
        events: [],
      },
      after: ({ db }) => {
        const usage = createUsage({ db, clock: systemClock })
        const { hours } = usage.ofInstallation(Date.now() - 86_400_000)
        expect(hours).toHaveLength(25)
        expect(hours.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBeCloseTo(1.75)
      },
    },
    ...['2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'yesterday'].map((since) => ({
      name: `since ${since} is refused`,
      request: { path: `/api/usage?since=${since}` },
      expect: { status: 400, body: refusal('request.invalid', 'since must be'), events: [] },
    })),
  ])
})

const start = Date.parse('2026-01-01T12:00:00Z')
const heard = (second: number, data: Record<string, unknown>): TaskEvent => ({
  ...{ id: second, seq: second, task_id: 't', agent_id: 'a', type: 'agent.rate-limit', data },
  created_at: new Date(start + second * 1000).toISOString(),
})
const at = (second: number): string => new Date(start + second * 1000).toISOString()
const reached = { window: 'five_hour', status: 'rejected' }

describe('a usage limit', () => {
  test('is over when its window resets, without a word of anybody', () => {
    const events = [heard(0, { ...reached, resets_at: at(60) })]
    expect(toWindows(events, start + 59_000).reached).toMatchObject({ resets_at: at(60) })
    expect(toWindows(events, start + 60_000)).toEqual({ windows: [] })
  })

  test('is over when an agent hears so before that', () => {
    const events = [
      heard(5, { window: 'five_hour', status: 'allowed', resets_at: at(600) }),
      heard(0, { ...reached, resets_at: at(600) }),
    ]
    expect(toWindows(events, start + 6000).reached).toBeUndefined()
  })

  test('without an end counts for twenty minutes after it was heard of', () => {
    expect(toWindows([heard(0, reached)], start + 1_199_000).reached).toMatchObject({
      window: 'five_hour',
    })
    expect(toWindows([heard(0, reached)], start + 1_200_000).reached).toBeUndefined()
  })

  test('of a damaged event is nothing', () => {
    expect(toWindows([heard(0, { status: 7 }), heard(0, {})], start)).toEqual({ windows: [] })
  })
})

describe('cost over time', () => {
  const report = (second: number, agentId: string, cost: number) => ({
    ...{ agentId, at: start + second * 1000 },
    data: { cost_usd: cost, usage: { input_tokens: cost * 100 } },
  })

  test('a span holds what came on top of earlier reports of each agent', () => {
    const { span_seconds: seconds, spans } = toSpans([
      report(0, 'a', 1),
      report(30, 'b', 2),
      report(70, 'a', 4),
      report(190, 'a', 4),
    ])
    expect(seconds).toBe(10)
    expect(spans).toHaveLength(20)
    const used = spans.flatMap((span, at) => (span.cost_usd > 0 ? [[at, span.cost_usd]] : []))
    expect(used).toEqual([
      [0, 1],
      [3, 2],
      [7, 3],
    ])
    expect(spans[7]).toMatchObject({ tokens: 300, from: at(70) })
  })

  test('a long task has no more spans than fit on a page', () => {
    const { spans } = toSpans([report(0, 'a', 1), report(86_400 * 30, 'a', 2)])
    expect(spans.length).toBeLessThanOrEqual(60)
    expect(spans.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBe(2)
  })
})
