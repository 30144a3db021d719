/** The real CLI in real containers against the scripted model: it must not be able to tell. */
import { afterAll, describe, expect, test } from 'bun:test'
import { toControlRequest, toUserMessage } from '#agents/claude/frames.ts'
import { createScriptedModel } from '#model/server.ts'
import { storyOf } from '#model/stories/story-of.ts'
import {
  answer,
  bash,
  cut,
  edit,
  fail,
  hang,
  read,
  type Step,
  say,
  speed,
  stop,
  streamError,
  think,
  usage,
  usageLimitUntil,
  wait,
  write,
} from '#model/story.ts'
import { type Cli, startCli } from '../support/cli.ts'
import { ensureAgentImage, ownLabels, requireEngine, testEngine } from '../support/docker.ts'

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('the real CLI and the scripted model', () => {
  const engine = testEngine()
  const labels = ownLabels('model')
  /** One script per prompt, found by a word in it. */
  const scripts = new Map<string, Step[]>()
  const planners = new Map<string, Step[]>()
  // What a failed or interrupted turn was asked stays in the conversation, joined with what is asked next.
  const pick = (from: Map<string, Step[]>, prompt: string) =>
    [...from].find(([word]) => prompt.split('\n').at(-1)?.includes(word))?.[1]
  const model = createScriptedModel({
    // Containers come from the bridge network, not from loopback.
    host: '0.0.0.0',
    keepBodies: true,
    stories: [
      (request) =>
        request.agent === 'planner'
          ? pick(planners, request.prompt)
          : pick(scripts, request.prompt),
      storyOf({ subtasks: { 'sub-1': [bash('echo from the subtask'), say('subtask done')] } }),
    ],
  })
  afterAll(() => model.close())

  const start = async (options: Partial<Parameters<typeof startCli>[0]> = {}): Promise<Cli> =>
    startCli({ engine, image: await ensureAgentImage(), labels, model, command: {}, ...options })
  const requestsWith = (word: string) =>
    model.requests().filter(({ prompt }) => prompt.includes(word))

  test('text, thinking and tools come out as they were written, and so does what the tools did', async () => {
    scripts.set('BASICS', [
      [
        think('I think first.'),
        say('Two things at once.'),
        write('a.txt', 'größe\n"quoted"\n'),
        bash('echo $((6 * 7)); exit 3'),
      ],
      (request) => [
        say(`Bash said: ${request.results.find(({ name }) => name === 'Bash')?.text}`),
        read('a.txt'),
      ],
      [edit('a.txt', 'größe', 'klein')],
      bash('cat a.txt'),
      (request) => say(`The file: ${request.results.at(-1)?.text}`),
    ])
    const cli = await start()
    const { outcome, turns } = await cli.ask('BASICS please')
    expect(outcome).toEqual({ kind: 'completed', text: 'The file: klein\n"quoted"' })
    expect(turns).toBe(6)
    const blocks = cli.events.flatMap((event) => (event.type === 'assistant' ? event.blocks : []))
    expect(blocks.slice(0, 4)).toMatchObject([
      { type: 'thinking', text: 'I think first.' },
      { type: 'text', text: 'Two things at once.' },
      { type: 'tool_use', name: 'Write' },
      { type: 'tool_use', name: 'Bash' },
    ])
    expect(blocks).toContainEqual({ type: 'text', text: 'Bash said: Exit code 3\n42' })
    const { costUsd, usage } = cli.state().totals
    expect(costUsd).toBeGreaterThan(0)
    expect(usage.cache_read_tokens).toBeGreaterThan(usage.input_tokens)
    expect(model.problems()).toEqual([])
  })

  test('a subtask is recognised by its line in the prompt, an unknown prompt gets a plain answer', async () => {
    const cli = await start()
    const subtask = await cli.ask('You are one agent of a team.\nSubtask: sub-1\nName: x')
    expect(subtask.outcome).toMatchObject({ kind: 'completed', text: 'subtask done' })
    expect(requestsWith('Subtask: sub-1').map(({ agent, step }) => [agent, step])).toEqual([
      ['sub-1', 0],
      ['sub-1', 1],
    ])
    expect(model.firstRequestAt('sub-1')).toBe(requestsWith('Subtask: sub-1')[0]?.atMs as number)
    const second = await cli.ask('And something else?')
    expect(second.outcome.kind === 'completed' && second.outcome.text).toContain(
      'And something else?',
    )
  })

  test('a planner asks, gets its answers in the same session, and hands in its plan', async () => {
    planners.set('PLAN IT', [
      [say('I look.'), { type: 'tool', name: 'Glob', input: { pattern: '*' } }],
      [think('Unclear.'), answer({ kind: 'questions', questions: [{ text: 'Which?' }] })],
    ])
    planners.set('ANSWER IS RED', [answer({ kind: 'plan', plan: 'red' })])
    const jsonSchema = {
      type: 'object',
      properties: {
        kind: { type: 'string' },
        questions: { type: 'array' },
        plan: { type: 'string' },
      },
      required: ['kind'],
    }
    const cli = await start({ command: { profile: { kind: 'planner', jsonSchema } } })
    const asked = await cli.ask('PLAN IT')
    expect(asked.outcome).toMatchObject({
      kind: 'completed',
      structured: { kind: 'questions', questions: [{ text: 'Which?' }] },
    })
    const planned = await cli.ask('ANSWER IS RED')
    expect(planned.outcome).toMatchObject({ structured: { kind: 'plan', plan: 'red' } })
    expect(requestsWith('ANSWER IS RED')).toMatchObject([{ agent: 'planner', round: 2, step: 0 }])
  })

  test('a planner whose output does not fit its schema is told so and tries again', async () => {
    planners.set('WRONG FIRST', [
      answer({ kind: 7 }),
      (request) => [say(request.results.at(-1)?.text ?? ''), answer({ kind: 'plan' })],
    ])
    const jsonSchema = {
      type: 'object',
      properties: { kind: { type: 'string' } },
      required: ['kind'],
    }
    const cli = await start({ command: { profile: { kind: 'planner', jsonSchema } } })
    expect((await cli.ask('WRONG FIRST')).outcome).toMatchObject({ structured: { kind: 'plan' } })
    const said = cli.events.flatMap((event) => (event.type === 'assistant' ? event.blocks : []))
    expect(said).toContainEqual({
      type: 'text',
      text: expect.stringContaining('does not match required schema'),
    })
  })

  test('server errors and short rate limits are tried again and leave no trace in the answer', async () => {
    scripts.set('FIVE HUNDRED', [[fail(500, { times: 2 }), say('after 500')]])
    scripts.set('FOUR TWENTY NINE', [
      [fail(429, { times: 1, retryAfterSeconds: 1 }), say('after 429')],
    ])
    scripts.set('OVERLOADED ONCE', [[fail(529, { times: 1 }), say('after 529')]])
    const cli = await start()
    for (const [prompt, text] of [
      ['FIVE HUNDRED', 'after 500'],
      ['FOUR TWENTY NINE', 'after 429'],
      ['OVERLOADED ONCE', 'after 529'],
    ] as const)
      expect((await cli.ask(prompt)).outcome).toEqual({ kind: 'completed', text })
    const retries = cli.events.flatMap((event) =>
      event.type === 'api_retry' ? [event.status] : [],
    )
    expect(retries).toEqual([500, 500, 429, 529])
  })

  test('an error for good fails the turn, not the CLI: the next message goes on', async () => {
    scripts.set('REFUSED', [fail(429, { giveUp: true })])
    scripts.set('ALWAYS 529', [fail(529)])
    scripts.set('BAD REQUEST', [fail(400)])
    scripts.set('NO MODEL', [fail(404)])
    scripts.set('THEN FINE', [say('fine')])
    const cli = await start()
    const codes: unknown[] = []
    for (const prompt of ['REFUSED', 'ALWAYS 529', 'BAD REQUEST', 'NO MODEL']) {
      const { outcome } = await cli.ask(prompt)
      codes.push(outcome.kind === 'failed' && [outcome.code, outcome.retryable])
    }
    expect(codes).toEqual([
      ['rate-limit', true],
      ['api-error', true],
      ['api-error', false],
      ['model-not-found', false],
    ])
    expect((await cli.ask('THEN FINE')).outcome).toEqual({ kind: 'completed', text: 'fine' })
  })

  test('refused credentials show at the first try', async () => {
    const cli = await start({
      env: { ANTHROPIC_API_KEY: 'sk-ant-invalid', CLAUDE_CODE_MAX_RETRIES: '1' },
    })
    const { outcome } = await cli.ask('anything')
    expect(outcome).toMatchObject({ kind: 'failed', code: 'credentials', retryable: false })
    expect(cli.events).toContainEqual(expect.objectContaining({ type: 'api_retry', status: 401 }))
  })

  test('a used up subscription fails with the time it will be back', async () => {
    const untilMs = (Math.floor(Date.now() / 1000) + 3600) * 1000
    scripts.set('USED UP', [usageLimitUntil(untilMs)])
    scripts.set('BEFORE THAT', [say('still there')])
    const cli = await start({
      env: { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-x' },
    })
    expect((await cli.ask('BEFORE THAT')).outcome.kind).toBe('completed')
    expect(cli.state().rateLimit?.status).toBe('allowed')
    expect((await cli.ask('USED UP')).outcome).toMatchObject({
      kind: 'failed',
      code: 'usage-limit',
      retryable: true,
      retryAtMs: untilMs,
    })
    expect(cli.state().rateLimit).toMatchObject({ status: 'rejected', resetsAtMs: untilMs })
  })

  test('a stream that breaks or reports an error is taken up again', async () => {
    scripts.set('CUT INSIDE', [[cut(), say('whole in the end')]])
    scripts.set('CUT AFTER A BLOCK', [
      [cut({ afterBlocks: 1 }), say('kept'), bash('echo not lost')],
      (request) => say(`went on after: ${request.results.map(({ text }) => text).join(', ')}`),
    ])
    scripts.set('CUT AT THE END', [[cut({ afterBlocks: 2 }), think('all of it'), say('is said')]])
    scripts.set('CUT BETWEEN TOOLS', [
      [cut({ afterBlocks: 2 }), say('two'), bash('echo one >> made'), bash('echo two >> made')],
      bash('cat made'),
      (request) => say(`made: ${request.results.at(-1)?.text}`),
    ])
    scripts.set('ERROR EVENT', [[streamError(), say('after the event')]])
    const cli = await start()
    expect((await cli.ask('CUT INSIDE')).outcome).toEqual({
      kind: 'completed',
      text: 'whole in the end',
    })
    expect((await cli.ask('CUT AFTER A BLOCK')).outcome).toEqual({
      kind: 'completed',
      text: 'went on after: not lost',
    })
    expect(cli.events.filter((event) => JSON.stringify(event).includes('"kept"'))).toHaveLength(1)
    expect((await cli.ask('CUT BETWEEN TOOLS')).outcome).toMatchObject({ text: 'made: one\ntwo' })
    expect((await cli.ask('CUT AT THE END')).outcome).toMatchObject({ kind: 'completed' })
    expect((await cli.ask('ERROR EVENT')).outcome).toEqual({
      kind: 'completed',
      text: 'after the event',
    })
    expect(model.problems()).toEqual([])
  })

  test('a slow stream arrives piece by piece, pings and all', async () => {
    scripts.set('SLOWLY', [
      [wait(300), speed(200), say('one two three four five six seven eight nine ten '.repeat(4))],
    ])
    const cli = await start()
    const { outcome, durationMs } = await cli.ask('SLOWLY')
    expect(outcome.kind).toBe('completed')
    expect(cli.events.filter(({ type }) => type === 'stream_event').length).toBeGreaterThan(8)
    expect(durationMs).toBeGreaterThan(1000)
  })

  test('an answer that hits the token limit is continued', async () => {
    scripts.set('TOO LONG', [[say('first half'), stop('max_tokens')], say('second half')])
    const cli = await start()
    expect((await cli.ask('TOO LONG')).outcome).toMatchObject({ text: 'second half' })
  })

  test('a conversation that grew too long is compacted in the middle of the work, which goes on', async () => {
    scripts.set('GROWS', [
      bash('echo one'),
      [usage({ inputTokens: 985_000 }), bash('echo two')],
      bash('echo three'),
      say('all three done'),
    ])
    const cli = await start()
    expect((await cli.ask('GROWS')).outcome).toEqual({ kind: 'completed', text: 'all three done' })
    expect(cli.events).toContainEqual(
      expect.objectContaining({ type: 'compact_boundary', trigger: 'auto' }),
    )
    expect(
      model
        .requests()
        .filter(({ kind, prompt }) => kind === 'compaction' && prompt.includes('GROWS')),
    ).toHaveLength(1)
    const ran = cli.events.flatMap((event) => (event.type === 'tool_results' ? event.results : []))
    expect(ran.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    expect(model.problems()).toEqual([])
  })

  test('an interrupt stops a tool at once, and the next message has the floor', async () => {
    scripts.set('LONG RUN', [bash('echo started; sleep 300'), say('never said')])
    scripts.set('INSTEAD', [say('this instead')])
    const cli = await start()
    const uuid = crypto.randomUUID()
    await cli.send(toUserMessage({ uuid, text: 'LONG RUN' }))
    await cli.until((events) => events.find((event) => event.type === 'assistant'))
    await cli.send(toControlRequest('stop-1', { subtype: 'interrupt', cancel_queued: true }))
    expect((await cli.turnOf(uuid)).outcome).toEqual({ kind: 'interrupted' })
    expect((await cli.ask('INSTEAD')).outcome).toEqual({ kind: 'completed', text: 'this instead' })
    expect(model.problems()).toEqual([])
  })

  test('an interrupt ends a model that has gone silent', async () => {
    scripts.set('SILENT', [[hang('stream'), say('never said')]])
    scripts.set('NO HEADERS', [[hang('headers'), say('never said')]])
    const cli = await start()
    for (const prompt of ['SILENT', 'NO HEADERS']) {
      const uuid = crypto.randomUUID()
      await cli.send(toUserMessage({ uuid, text: prompt }))
      await untilTrue(() => requestsWith(prompt).length > 0)
      await cli.send(toControlRequest(prompt, { subtype: 'interrupt', cancel_queued: true }))
      expect((await cli.turnOf(uuid)).outcome).toEqual({ kind: 'interrupted' })
    }
    expect(model.problems()).toEqual([])
  })

  test('a message to a working agent steers the turn it is in', async () => {
    scripts.set('STEERABLE', [
      bash('while [ ! -e go ]; do sleep 0.05; done', 'wait for a file'),
      (request) => say(`heard: ${request.steering.join('|')}`),
    ])
    const cli = await start()
    const task = crypto.randomUUID()
    const steering = crypto.randomUUID()
    await cli.send(toUserMessage({ uuid: task, text: 'STEERABLE' }))
    await cli.until((events) => events.find((event) => event.type === 'assistant'))
    await cli.send(toUserMessage({ uuid: steering, text: 'mind the gap', priority: 'next' }))
    await cli.until((_events, state) =>
      state.messages.get(steering) === 'queued' ? true : undefined,
    )
    await engine.exec(cli.containerId, { cmd: ['touch', '/workspace/go'] })
    const turn = await cli.turnOf(task)
    expect(turn.outcome).toEqual({ kind: 'completed', text: 'heard: mind the gap' })
    expect(turn.messageIds).toEqual([task, steering])
  })

  test('a turn cut off by SIGKILL goes on in a new container, under the same message', async () => {
    const volume = `klaudio-test-${crypto.randomUUID()}`
    await engine.createVolume(volume, labels)
    scripts.set('SURVIVES', [
      bash('echo first'),
      [
        say('Now I wait for a file.'),
        bash('while [ ! -e /state/home/go ]; do sleep 0.05; done; echo second', 'wait for a file'),
      ],
      (request) => say(`after: ${request.results.map(({ text }) => text).join(', ')}`),
    ])
    const sessionId = crypto.randomUUID()
    const uuid = crypto.randomUUID()
    const before = await start({
      volumes: [{ name: volume, path: '/state' }],
      command: { sessionId },
    })
    await before.send(toUserMessage({ uuid, text: 'SURVIVES' }))
    await before.until((events) =>
      events.filter(({ type }) => type === 'assistant').length === 3 ? true : undefined,
    )
    await engine.killContainer(before.containerId, 'SIGKILL')
    expect(await before.exited()).toBe(137)

    const after = await start({
      volumes: [{ name: volume, path: '/state' }],
      command: { sessionId, resume: true },
      prepare: 'touch /state/home/go',
    })
    const turn = await after.turnOf(uuid)
    expect(turn.outcome).toEqual({ kind: 'completed', text: 'after: first, second' })
    expect(after.state().sessionId).toBe(sessionId)
    // The server cannot know whether the message had arrived, so it sends it again: once is enough.
    const turnsBefore = after.events.filter(({ type }) => type === 'result').length
    await after.send(toUserMessage({ uuid, text: 'SURVIVES' }))
    scripts.set('AND NOW', [say('once only')])
    expect((await after.ask('AND NOW')).outcome).toEqual({ kind: 'completed', text: 'once only' })
    expect(after.events.filter(({ type }) => type === 'result').length).toBe(turnsBefore + 1)
    expect(model.problems()).toEqual([])
  })
})

async function untilTrue(claim: () => boolean): Promise<void> {
  while (!claim()) await Bun.sleep(20)
}
