import { afterEach, describe, expect, test } from 'bun:test'
import { createScriptedModel, type ScriptedModel } from '#model/server.ts'
import { storyOf } from '#model/stories/story-of.ts'
import { answer, bash, cut, fail, type Step, say, think, usageLimitUntil } from '#model/story.ts'

const open: ScriptedModel[] = []
afterEach(async () => {
  for (const model of open.splice(0)) await model.close()
})

function serve(...scripts: Step[][]): ScriptedModel {
  const model = createScriptedModel({ stories: [storyOf({ others: scripts })] })
  open.push(model)
  return model
}

type Message = { role: string; content: unknown }
const user = (content: unknown): Message => ({ role: 'user', content })
const bashTool = { name: 'Bash', input_schema: { type: 'object' } }

function post(
  model: ScriptedModel,
  messages: Message[],
  options: {
    headers?: Record<string, string>
    stream?: boolean
    tools?: object[]
    path?: string
  } = {},
): Promise<Response> {
  return fetch(`${model.url}${options.path ?? '/v1/messages?beta=true'}`, {
    method: 'POST',
    headers: { 'x-api-key': 'k', 'x-claude-code-session-id': 's1', ...options.headers },
    body: JSON.stringify({
      model: 'claude-opus-5-5',
      max_tokens: 1000,
      stream: options.stream ?? false,
      tools: options.tools ?? [bashTool],
      messages,
    }),
  })
}

type Event = { type: string; [key: string]: unknown }
async function events(response: Response): Promise<Event[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      const event = JSON.parse(data ?? '')
      expect(event.type).toBe(name)
      return event
    })
}

/** What a client makes of the pieces. */
function assemble(streamed: Event[]): Record<string, unknown>[] {
  const blocks = streamed.flatMap((event) =>
    event.type === 'content_block_start' ? [{ ...(event.content_block as object) }] : [],
  ) as Record<string, unknown>[]
  for (const [index, block] of blocks.entries()) {
    const deltas = streamed.filter(
      (event) => event.type === 'content_block_delta' && event.index === index,
    )
    const joined = (key: string) =>
      deltas.map(({ delta }) => (delta as Record<string, string>)[key] ?? '').join('')
    for (const key of ['text', 'thinking', 'signature']) if (key in block) block[key] = joined(key)
    if ('input' in block) block.input = JSON.parse(joined('partial_json'))
  }
  return blocks
}

describe('an answer', () => {
  const parts = [think('hm'), say('größe 🌕 '.repeat(40)), bash('echo "a"'), bash('echo b')]

  test('streams in the order and the pieces of the Messages API', async () => {
    const streamed = await events(await post(serve([parts]), [user('go')], { stream: true }))
    const types = streamed.map(({ type }) => type)
    expect(types.slice(0, 3)).toEqual(['message_start', 'ping', 'content_block_start'])
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop'])
    expect(types.filter((type) => type === 'content_block_stop')).toHaveLength(4)
    expect(streamed.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
    })
  })

  test('put together from its pieces is the same as without streaming', async () => {
    const model = serve([parts])
    const whole = (await (await post(model, [user('go')])).json()) as {
      content: Record<string, unknown>[]
    }
    const streamed = await events(await post(model, [user('go')], { stream: true }))
    const put = assemble(streamed)
    const withoutIds = (list: Record<string, unknown>[]) =>
      list.map(({ id: _id, ...block }) => block)
    expect(withoutIds(put)).toEqual(withoutIds(whole.content))
  })

  test('counts tokens that grow with the conversation, most of them from the cache', async () => {
    const model = serve([say('one'), say('two')])
    const usage = async (messages: Message[]) => {
      const body = (await (await post(model, messages)).json()) as { usage: Record<string, number> }
      return body.usage
    }
    const total = (of: Record<string, number>) =>
      (of.input_tokens ?? 0) +
      (of.cache_read_input_tokens ?? 0) +
      (of.cache_creation_input_tokens ?? 0)
    const first = await usage([user('a')])
    const second = await usage([
      user('a'),
      { role: 'assistant', content: 'one' },
      user('b'.repeat(4000)),
    ])
    expect(total(second)).toBeGreaterThan(total(first) + 900)
    expect(second.cache_read_input_tokens).toBe(total(first))
  })
})

describe('the place in a story', () => {
  const model = () => serve([bash('1'), bash('2'), say('first done')], [say('second done')])
  const ask = async (at: ScriptedModel, messages: Message[]) => {
    const body = (await (await post(at, messages)).json()) as {
      content: { text?: string; input?: { command: string } }[]
    }
    return body.content[0]?.text ?? body.content[0]?.input?.command
  }
  const called = (id: string): Message => ({
    role: 'assistant',
    content: [{ type: 'tool_use', id, name: 'Bash', input: { command: id } }],
  })
  const result = (id: string, more: object[] = []) =>
    user([{ type: 'tool_result', tool_use_id: id, content: 'ok' }, ...more])
  const text = (value: string) => ({ type: 'text', text: value })

  test('is the number of answers since the prompt, whatever the CLI puts in between', async () => {
    const at = model()
    const reminder = text('<system-reminder>\nAttribution…\n</system-reminder>')
    const environment: Message = { role: 'system', content: [text('# Environment')] }
    const start = [user([reminder, text('go')]), environment]
    expect(await ask(at, start)).toBe('1')
    expect(await ask(at, [...start, called('a'), result('a')])).toBe('2')
    expect(
      await ask(at, [
        ...start,
        called('a'),
        result('a', [text('[structured-output-enforce] You MUST…')]),
      ]),
    ).toBe('2')
    expect(await ask(at, [...start, called('a'), result('a'), called('b'), result('b')])).toBe(
      'first done',
    )
  })

  test('starts anew with the next prompt, also one that is merged behind an interrupt', async () => {
    const at = model()
    const interrupted = [
      user('go'),
      called('a'),
      result('a', [text('[Request interrupted by user for tool use]'), text('next')]),
    ]
    expect(await ask(at, interrupted)).toBe('second done')
  })

  test('is found again after a compaction, by what the summary says', async () => {
    const at = model()
    const worked = [user('go'), called('a'), result('a')]
    const compaction = user('CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\n…')
    const summary = await ask(at, [...worked, { role: 'assistant', content: 'x' }, compaction])
    expect(summary).toMatch(/<summary>[\s\S]*go[\s\S]*<\/summary>/)
    const carried = `This session is being continued from a previous conversation that ran out of context.\n${summary}`
    expect(await ask(at, [user(carried)])).toBe('first done')
    expect(await ask(at, [user(carried), { role: 'assistant', content: 'y' }, user('next')])).toBe(
      'second done',
    )
  })

  test('gives its last answer again to an agent whose container was replaced, unless its calls were made', async () => {
    const at = serve([bash('1'), [say('now the second'), bash('2')], say('done')])
    const replaced = user('Your container was replaced, and what you said last may be lost.')
    const words: Message = { role: 'assistant', content: 'now the second' }
    const first = [user('go'), called('a'), result('a')]
    const lost = await (await post(at, [...first, words, replaced])).json()
    expect(lost).toMatchObject({
      content: [
        { type: 'text', text: 'now the second' },
        { type: 'tool_use', input: { command: '2' } },
      ],
    })
    const both = [...first, called('b'), result('b')]
    const last: Message = { role: 'assistant', content: 'done' }
    expect(await ask(at, [...both, last, replaced])).toBe('done')
    expect(await ask(at, [...both, replaced])).toBe('done')
  })

  test('asks again for a call that went down with its container, and for none that was made', async () => {
    const at = serve([bash('1'), [say('both'), bash('2'), bash('3')], say('done')])
    const gone = {
      ...{ type: 'tool_result', tool_use_id: 'c', is_error: true },
      content: '[Tool call interrupted: the session ended before this call’s result was recorded]',
    }
    const asked: Message = {
      role: 'assistant',
      content: [
        { type: 'text', text: 'both' },
        ...['b', 'c'].map((id) => ({ type: 'tool_use', id, name: 'Bash', input: {} })),
      ],
    }
    const results = user([{ type: 'tool_result', tool_use_id: 'b', content: 'ok' }, gone])
    const resumed: Message = { role: 'assistant', content: 'No response requested.' }
    const replaced = user('Your container was replaced.')
    const messages = [user('go'), called('a'), result('a'), asked, results, resumed, replaced]
    expect(await (await post(at, messages)).json()).toMatchObject({
      content: [{ type: 'tool_use', input: { command: '3' } }],
    })
  })

  test('goes on where it was when a resumed agent takes its prompt a second time, and knows a new one', async () => {
    const at = serve([bash('1'), bash('2'), say('done')])
    const gone = user([
      {
        ...{ type: 'tool_result', tool_use_id: 'b', is_error: true },
        content:
          '[Tool call interrupted: the session ended before this call’s result was recorded]',
      },
    ])
    const filler: Message = { role: 'assistant', content: 'No response requested.' }
    const again = { content: [{ type: 'tool_use', input: { command: '2' } }] }
    const begun = [user('go'), called('a'), result('a')]
    const next = async (messages: Message[]) => (await post(at, messages)).json()
    expect(await next([user('go'), user('go')])).toMatchObject({
      content: [{ input: { command: '1' } }],
    })
    expect(await next([...begun, user('go')])).toMatchObject(again)
    expect(await next([...begun, called('b'), gone, filler, user('go')])).toMatchObject(again)
    const interrupt = { type: 'text', text: '[Request interrupted by user for tool use]' }
    const stopped = user([interrupt, { type: 'text', text: 'go' }])
    expect(await next([...begun, called('b'), gone, stopped])).not.toMatchObject(again)
    const ended: Message = { role: 'assistant', content: 'done' }
    const second = await ask(at, [...begun, called('b'), result('b'), ended, user('go')])
    expect(second).not.toBe('done')
  })

  test('can look at what the tools said and at messages sent meanwhile', async () => {
    const seen: unknown[] = []
    const at = serve([
      bash('1'),
      (request) => {
        seen.push(request.results, request.steering)
        return say('ok')
      },
    ])
    const steering: Message = {
      role: 'system',
      content:
        'The user sent a new message while you were working:\nhurry\nplease\n\nThis is how Claude Code surfaces messages…',
    }
    await ask(at, [user('go'), called('a'), result('a'), steering])
    expect(seen).toEqual([
      [{ name: 'Bash', input: { command: 'a' }, text: 'ok', isError: false }],
      ['hurry\nplease'],
    ])
  })
})

describe('who asks', () => {
  test('is told by the planner’s tool, the subtask’s line, or nothing', async () => {
    const model = createScriptedModel({
      stories: [storyOf({ planner: [[answer({ a: 1 })]], subtasks: { 'a-1': [say('from a-1')] } })],
    })
    open.push(model)
    const tools = [{ name: 'StructuredOutput' }]
    await post(model, [user('plan it')], { tools })
    await post(model, [user('You are an agent.\nSubtask: a-1\nName: x')])
    const stranger = await (await post(model, [user('hello there')])).text()
    expect(model.requests().map(({ agent }) => agent)).toEqual(['planner', 'a-1', 'unknown'])
    expect(stranger).toContain('hello there')
    expect(model.firstRequestAt('a-1')).toBe(model.requests()[1]?.atMs as number)
    expect(model.firstRequestAt('nobody')).toBeUndefined()
  })
})

describe('trouble', () => {
  test('comes as often as the story says, in the API’s form, and then the step is played', async () => {
    const model = serve([[fail(529, { times: 2 }), say('at last')]])
    for (let time = 0; time < 2; time++) {
      const failed = await post(model, [user('go')])
      expect(failed.status).toBe(529)
      expect(await failed.json()).toMatchObject({
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
        request_id: failed.headers.get('request-id'),
      })
    }
    expect((await post(model, [user('go')])).status).toBe(200)
  })

  test('says when to come back', async () => {
    const untilMs = Date.now() + 60_000
    const limited = await post(serve([usageLimitUntil(untilMs)]), [user('go')], {
      headers: { 'x-api-key': '', authorization: 'Bearer t' },
    })
    expect(limited.status).toBe(429)
    expect(limited.headers.get('anthropic-ratelimit-unified-status')).toBe('rejected')
    expect(Number(limited.headers.get('anthropic-ratelimit-unified-reset'))).toBe(
      Math.ceil(untilMs / 1000),
    )
    const again = await post(serve([[fail(429, { retryAfterSeconds: 7 })]]), [user('go')])
    expect(again.headers.get('retry-after')).toBe('7')
  })

  test('can break a stream in the middle of a block', async () => {
    const model = serve([[cut(), say('x'.repeat(1000))]])
    const response = await post(model, [user('go')], { stream: true })
    expect(response.status).toBe(200)
    expect(response.text()).rejects.toThrow()
    expect((await events(await post(model, [user('go')], { stream: true }))).at(-1)?.type).toBe(
      'message_stop',
    )
  })
})

describe('what the API would not do is refused and reported', () => {
  const impossible: [string, Step[], Message[]][] = [
    ['a tool the request does not offer', [{ type: 'tool', name: 'Fly', input: {} }], [user('go')]],
    ['an answer that says nothing', [[]], [user('go')]],
    ['a thought after the words', [[say('a'), think('b')]], [user('go')]],
    [
      'a call without its result',
      [say('a')],
      [
        user('go'),
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
        user('and?'),
      ],
    ],
    [
      'a result without its call',
      [say('a')],
      [user([{ type: 'tool_result', tool_use_id: 't', content: '' }])],
    ],
    [
      'a conversation that begins with the assistant',
      [say('a')],
      [{ role: 'assistant', content: 'hi' }],
    ],
  ]
  for (const [what, script, messages] of impossible)
    test(what, async () => {
      const model = serve(script)
      expect((await post(model, messages)).status).toBe(400)
      expect(model.problems()).toHaveLength(1)
    })
})

describe('the other routes', () => {
  test('answer as the CLI and the doctor expect', async () => {
    const model = serve()
    const get = (
      path: string,
      headers: Record<string, string> = { 'x-api-key': 'k' },
      method = 'GET',
    ) => fetch(model.url + path, { headers, method })
    expect((await get('/', {}, 'HEAD')).status).toBe(200)
    expect((await get('/any/prefix/api/hello', {}, 'HEAD')).status).toBe(200)
    expect(await (await get('/prefix/v1/models')).json()).toMatchObject({
      data: [{ type: 'model' }, {}, {}],
    })
    expect((await get('/v1/models', { 'x-api-key': 'sk-invalid' })).status).toBe(401)
    expect((await get('/v1/models', {})).status).toBe(401)
    expect((await get('/v1/models', { authorization: 'Bearer t' })).status).toBe(200)
    expect((await get('/v1/models/claude-none')).status).toBe(404)
    expect((await get('/v1/nothing')).status).toBe(404)
    const counted = await post(model, [user('x'.repeat(4000))], {
      path: '/v1/messages/count_tokens?beta=true',
    })
    expect(((await counted.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(1000)
  })
})
