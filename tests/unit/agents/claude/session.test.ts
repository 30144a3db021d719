import { describe, expect, test } from 'bun:test'
import type { CliEvent } from '#agents/claude/event.ts'
import { parseLine } from '#agents/claude/parse.ts'
import {
  newSession,
  reduce,
  restarted,
  type SessionEffect,
  type SessionState,
} from '#agents/claude/session.ts'
import { play, readRecording } from '../../../support/recordings.ts'

const first = '11111111-1111-4111-8111-111111111111'
const second = '22222222-2222-4222-8222-222222222222'

function run(state: SessionState, lines: (CliEvent | object)[]) {
  const effects: SessionEffect[] = []
  for (const line of lines) {
    const step = reduce(state, parseLine(JSON.stringify(line)))
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects }
}

const ofType = <T extends SessionEffect['type']>(effects: SessionEffect[], type: T) =>
  effects.filter((effect): effect is Extract<SessionEffect, { type: T }> => effect.type === type)

const lifecycle = (uuid: string, state: string) => ({
  type: 'command_lifecycle',
  command_uuid: uuid,
  state,
})
const tokens = (count: number, costUSD: number) => ({
  'claude-x': {
    inputTokens: count,
    outputTokens: 0,
    cacheReadInputTokens: 0,
    cacheCreationInputTokens: 0,
    costUSD,
  },
})
const result = (more: object) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  session_id: 's',
  result: 'done',
  num_turns: 1,
  terminal_reason: 'completed',
  ...more,
})

describe('a turn', () => {
  test('ends with the result that names its message, and is at rest when the CLI is idle', () => {
    const { state, effects } = play([readRecording('v-worker')])
    const turn = {
      messageIds: [first],
      outcome: { kind: 'completed' as const, text: 'done' },
      turns: 2,
      durationMs: state.last?.durationMs ?? Number.NaN,
    }
    expect(effects.slice(-4)).toMatchObject([
      { type: 'message', id: first, state: 'completed' },
      { type: 'phase', phase: 'idle' },
      { type: 'activity', text: undefined },
      { type: 'settled', results: [turn] },
    ])
    expect(state.unsettled).toEqual([])
    expect(state.model).toBe('claude-sonnet-5-5')
  })

  test('a message steered into it belongs to its result, though it completed before', () => {
    const { effects } = play([readRecording('bidi-steer')])
    const steered = '33333333-3333-4333-8333-333333333333'
    expect(ofType(effects, 'turn').map(({ result }) => result.messageIds)).toEqual([
      [second, steered],
    ])
    const fate = ofType(effects, 'message').filter(({ id }) => id === steered)
    expect(fate.map(({ state }) => state)).toEqual(['queued', 'read', 'completed'])
  })

  test('two messages merged into one turn share its result', () => {
    const { effects } = play([readRecording('bidi-queue')])
    expect(ofType(effects, 'turn').map(({ result }) => result.messageIds)).toEqual([
      [],
      ['44444444-4444-4444-8444-444444444444', '55555555-5555-4555-8555-555555555555'],
    ])
  })

  test('interrupted, it does not count for the message that waited behind it', () => {
    const { effects } = play([readRecording('int-tool')])
    expect(
      ofType(effects, 'turn').map(({ result }) => [result.messageIds, result.outcome.kind]),
    ).toEqual([
      [[first], 'interrupted'],
      [[second], 'completed'],
    ])
  })

  test('that failed before the model said anything is still that of its message', () => {
    const { effects } = run(newSession(), [
      lifecycle(first, 'queued'),
      lifecycle(first, 'started'),
      result({
        is_error: true,
        terminal_reason: 'api_error',
        api_error_status: 500,
        result: 'API Error: 500 x',
      }),
      lifecycle(first, 'completed'),
      lifecycle(second, 'started'),
      result({ user_message_uuids: [second] }),
    ])
    expect(
      ofType(effects, 'turn').map(({ result }) => [result.messageIds, result.outcome.kind]),
    ).toEqual([
      [[first], 'failed'],
      [[second], 'completed'],
    ])
  })

  test('the CLI began by itself answers nobody', () => {
    const { effects } = run(newSession(), [
      lifecycle(first, 'started'),
      result({ origin: { kind: 'task-notification' } }),
    ])
    expect(ofType(effects, 'turn').map(({ result }) => result.messageIds)).toEqual([[]])
  })

  test('cut off by a crash goes on in a new process under the name of its message', () => {
    const before = play([readRecording('rit-tool')])
    expect(ofType(before.effects, 'turn')).toEqual([])
    const lines = new TextDecoder().decode(readRecording('rit-tool-resume')).trim().split('\n')
    const after = run(
      restarted(before.state),
      lines.map((line) => JSON.parse(line)),
    )
    expect(ofType(after.effects, 'turn')).toHaveLength(1)
    expect(after.state.last?.messageIds).toContain(first)
    expect(after.state.last?.outcome).toEqual({ kind: 'completed', text: 'finished' })
  })
})

describe('totals', () => {
  const usage = (total: number, delta: number) =>
    result({
      total_cost_usd: total,
      modelUsage: tokens(total * 100, total),
      model_usage_since_last_result: tokens(delta * 100, delta),
    })
  const cost = (lines: object[]) => {
    const { state } = run(newSession(), lines)
    return [state.totals.costUsd, state.totals.usage.input_tokens]
  }

  test('follow the sums of the session', () => {
    expect(cost([usage(1, 1), usage(3, 2)])).toEqual([3, 300])
  })
  test('count what a resumed session spent on a turn that never ended', () => {
    expect(cost([usage(1, 1), usage(4, 2)])).toEqual([4, 400])
  })
  test('do not fall when a killed process had not written its sums down', () => {
    expect(cost([usage(3, 3), usage(1, 1)])).toEqual([4, 400])
  })
})

describe('requests of the CLI', () => {
  const ask = (id: string, tool: string) => ({
    type: 'control_request',
    request_id: id,
    request: {
      subtype: 'can_use_tool',
      tool_name: 'Bash',
      tool_use_id: tool,
      input: { command: 'x' },
    },
  })
  const answer = (tool: string) => ({
    type: 'user',
    message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: tool, content: 'ok' }] },
  })

  test('wait until they are answered, withdrawn, or their tool has a result', () => {
    const { state } = run(newSession(), [
      ask('a', 't1'),
      ask('b', 't2'),
      ask('c', 't3'),
      answer('t2'),
    ])
    expect([...state.pending.keys()]).toEqual(['a', 'c'])
    const { state: withdrawn } = run(state, [{ type: 'control_cancel_request', request_id: 'c' }])
    expect([...withdrawn.pending.keys()]).toEqual(['a'])
  })

  test('are answered once the CLI repeats the answer, and withdrawn when the turn ends without one', () => {
    const echo = {
      type: 'control_response',
      response: { subtype: 'success', request_id: 'a', response: { behavior: 'allow' } },
    }
    const { effects } = run(newSession(), [
      ask('a', 't1'),
      ask('b', 't2'),
      ask('c', 't3'),
      echo,
      answer('t2'),
    ])
    expect(
      effects.flatMap((effect) => (effect.type === 'request-answered' ? [effect.requestId] : [])),
    ).toEqual(['a', 'b'])
    const { effects: cut, state } = play([readRecording('perm-interrupt')])
    expect(ofType(cut, 'request-withdrawn')).toHaveLength(1)
    expect(state.pending.size).toBe(0)
  })

  test('a session that needs a decision says so, and for what', () => {
    const lines = new TextDecoder().decode(readRecording('v-reqaction')).trim().split('\n')
    const asked = lines.findIndex((line) => line.startsWith('{"type":"control_request"'))
    const { state } = run(
      newSession(),
      lines.slice(0, asked + 1).map((line) => JSON.parse(line)),
    )
    expect(state.phase).toBe('requires-action')
    expect([...state.pending.values()]).toMatchObject([
      { toolName: 'Bash', request: { input: { command: 'touch zz' } } },
    ])
    expect(play([readRecording('v-reqaction')]).state.pending.size).toBe(0)
  })

  test('our own requests get their answers', () => {
    const { effects } = run(newSession(), [
      {
        type: 'control_response',
        response: { subtype: 'success', request_id: 'r1', response: { cancelled: true } },
      },
      { type: 'control_response', response: { subtype: 'error', request_id: 'r2', error: 'no' } },
    ])
    expect(effects).toEqual([
      { type: 'response', requestId: 'r1', response: { cancelled: true } },
      { type: 'phase', phase: 'idle' },
      { type: 'response-failed', requestId: 'r2', error: 'no' },
    ])
  })
})

describe('signs on the way', () => {
  test('the activity is the latest tool call in one line, without the workspace path', () => {
    const { effects } = play([readRecording('basic-tools')])
    const seen = ofType(effects, 'activity').map(({ text }) => text)
    expect(seen).toContain('Write a.txt')
    expect(
      seen.every((text) => text === undefined || (text.length <= 120 && !text.includes('\n'))),
    ).toBe(true)
  })

  test('refused credentials are hopeless at the first try, an overloaded API is not', () => {
    const hopeless = (name: string) =>
      ofType(play([readRecording(name)]).effects, 'retry').map(({ isHopeless }) => isHopeless)
    expect(hopeless('e401')[0]).toBe(true)
    expect(hopeless('e529-giveup').every((value) => !value)).toBe(true)
  })

  test('a used up subscription says when it will be there again', () => {
    const { state, effects } = play([readRecording('rl-oauth-rejected')])
    expect(ofType(effects, 'rate-limit').at(-1)?.limit).toMatchObject({
      status: 'rejected',
      window: 'five_hour',
      resetsAtMs: 1_795_332_263_000,
    })
    expect(state.last?.outcome).toMatchObject({
      kind: 'failed',
      code: 'usage-limit',
      retryable: true,
      retryAtMs: 1_795_332_263_000,
    })
  })

  test('a partial message changes nothing and costs no parsing', () => {
    const state = newSession()
    expect(reduce(state, parseLine('{"type":"stream_event", broken but ends in }')).state).toBe(
      state,
    )
    expect(parseLine('{"type":"stream_event","event":{"type":"cont')).toMatchObject({
      type: 'damaged',
    })
  })
})

test('every call of a tool counts, those of subagents too, and is told with the end of the turn', () => {
  const call = (id: string, isSubagent = false): CliEvent => ({
    ...{ type: 'assistant', messageId: id, model: 'opus', isSubagent, isAborted: false },
    blocks: [{ type: 'tool_use', id, name: 'Read', input: {} }],
  })
  const text: CliEvent = { ...call('t'), blocks: [{ type: 'text', text: 'done' }] } as CliEvent
  let state = newSession()
  for (const event of [call('1'), call('2', true), text]) state = reduce(state, event).state
  expect(state.totals.toolCalls).toBe(2)
  expect(restarted(state).totals.toolCalls).toBe(2)
})
