import { describe, expect, test } from 'bun:test'
import { Hono } from 'hono'
import type { AgentInput, InputState } from '#contract/agent.ts'
import { agentRoutes } from '#http/agents.ts'
import type { Env } from '#http/env.ts'
import { createOnError } from '#http/errors.ts'
import { silentLog } from '#lib/log.ts'

/** The answer to a message whose receipt is in this state. */
async function answerTo(state: InputState): Promise<{ status: number; body: unknown }> {
  const receipt: AgentInput = {
    id: 'm1',
    agent_id: 'a1',
    content: 'Hello.',
    priority: 'next',
    state,
    created_at: '2026-01-01T00:00:00.000Z',
    ...(state === 'refused' ? { reason: 'Its turn has just ended.' } : {}),
  }
  // The route under test calls nothing else.
  const services = { tasks: { send: async () => receipt } } as unknown as Parameters<
    typeof agentRoutes
  >[0]
  const app = new Hono<Env>().route('/', agentRoutes(services)).onError(createOnError(silentLog))
  const response = await app.request('/t1/message', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent_id: 'a1', content: 'Hello.' }),
  })
  return { status: response.status, body: await response.json() }
}

describe('the answer to a message says delivered only when it is (U3)', () => {
  test.each<[InputState, boolean]>([
    ['pending', false],
    ['queued', true],
    ['read', true],
    ['done', true],
    ['withdrawn', false],
  ])('%s: %p', async (state, delivered) => {
    expect(await answerTo(state)).toMatchObject({
      status: 200,
      body: { delivered, agent_id: 'a1', state },
    })
  })

  test('refused: an error with the reason', async () => {
    expect(await answerTo('refused')).toMatchObject({
      status: 409,
      body: {
        code: 'message.refused',
        error: 'Its turn has just ended.',
        details: { delivered: false, input: { id: 'm1' } },
      },
    })
  })
})
