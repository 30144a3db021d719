/** The command line as the real CLI understands it. */
import { afterAll, describe, expect, test } from 'bun:test'
import type { CliEvent } from '#agents/claude/event.ts'
import { toControlRequest, toUserMessage } from '#agents/claude/frames.ts'
import { createScriptedModel } from '#model/server.ts'
import { bash, call, type Step, say, think, usage } from '#model/story.ts'
import { type Cli, startCli } from '../support/cli.ts'
import { ensureAgentImage, ownLabels, requireEngine, testEngine } from '../support/docker.ts'

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('the command line', () => {
  const engine = testEngine()
  const labels = ownLabels('claude-command')
  let script: Step[] = []
  const model = createScriptedModel({ host: '0.0.0.0', keepBodies: true, stories: [() => script] })
  afterAll(() => model.close())

  const start = async (
    command: Parameters<typeof startCli>[0]['command'],
    prepare = 'true',
  ): Promise<Cli> =>
    startCli({ engine, image: await ensureAgentImage(), labels, model, command, prepare })
  const toolResults = (events: readonly CliEvent[]) =>
    events.flatMap((event) => (event.type === 'tool_results' ? event.results : []))

  test('limits the model turns of an agent', async () => {
    script = [bash('echo 1'), bash('echo 2'), bash('echo 3'), say('done')]
    const cli = await start({ limits: { maxTurns: 2 } })
    expect((await cli.ask('count')).outcome).toMatchObject({ code: 'max-turns', retryable: false })
  })

  test('limits the cost of an agent', async () => {
    script = [[usage({ inputTokens: 500_000 }), bash('echo 1')], say('done')]
    const cli = await start({ limits: { maxCostUsd: 0.05 } })
    expect((await cli.ask('spend')).outcome).toMatchObject({ code: 'budget', retryable: false })
  })

  test('gives a worker hands but no way to other agents, and adds our words to its instructions', async () => {
    script = [think('ok'), say('ready')]
    const cli = await start({ systemPrompt: 'OUR OWN WORDS' })
    await cli.ask('tools?')
    const body = model.requests().at(-1)?.body
    const tools = body?.tools.map(({ name }) => name) ?? []
    expect(tools).toEqual(expect.arrayContaining(['Bash', 'Edit', 'Read', 'Write']))
    for (const name of ['Agent', 'Task', 'SendMessage', 'WebSearch', 'Workflow', 'ToolSearch'])
      expect(tools).not.toContain(name)
    expect(JSON.stringify(body)).toContain('OUR OWN WORDS')
    expect(JSON.stringify(body)).not.toContain('Co-Authored-By')
  })

  test('keeps from a worker what its role may not use, also one that asks nobody', async () => {
    script = [[bash('echo loud'), bash('ls /')], say('done')]
    const deny = ['WebFetch', 'Bash(echo *)']
    const cli = await start({ profile: { kind: 'worker', deny } })
    await cli.ask('tools?')
    const tools =
      model
        .requests()
        .at(-1)
        ?.body?.tools.map(({ name }) => name) ?? []
    expect(tools).toContain('Bash')
    expect(tools).not.toContain('WebFetch')
    const [refused, done] = toolResults(cli.events)
    expect(refused).toMatchObject({ isError: true })
    expect(done).toMatchObject({ isError: false })
  })

  test('lets a planner read what is there and change nothing', async () => {
    script = [
      [
        call('Read', { file_path: '/workspace/a.txt' }),
        call('Grep', { pattern: 'secret' }),
        call('Glob', { pattern: '**/*' }),
      ],
      call('StructuredOutput', { ok: true }),
    ]
    const jsonSchema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }
    const cli = await start({ profile: { kind: 'planner', jsonSchema } }, 'echo secret > a.txt')
    expect((await cli.ask('look')).outcome).toMatchObject({ structured: { ok: true } })
    expect(toolResults(cli.events).map(({ isError }) => isError)).toEqual([
      false,
      false,
      false,
      false,
    ])
    const body = model.requests().at(-1)?.body
    expect(body?.tools.map(({ name }) => name).sort()).toEqual([
      'Glob',
      'Grep',
      'Read',
      'StructuredOutput',
    ])
  })

  test('does not run what a repository brings along', async () => {
    script = [bash('echo "$REPO_ENV"; ls /tmp'), say('done')]
    const hooks = {
      env: { REPO_ENV: 'from-the-repository' },
      hooks: {
        UserPromptSubmit: [{ hooks: [{ type: 'command', command: 'touch /tmp/hook-ran' }] }],
      },
    }
    const prepare = `mkdir .claude && echo '${JSON.stringify(hooks)}' > .claude/settings.json && echo '${JSON.stringify({ mcpServers: { evil: { command: 'touch', args: ['/tmp/mcp-ran'] } } })}' > .mcp.json`
    const cli = await start({}, prepare)
    await cli.ask('go')
    const [listed] = toolResults(cli.events)
    expect(listed?.isError).toBe(false)
    expect(listed?.text).not.toMatch(/hook-ran|mcp-ran|from-the-repository/)
  })

  test('sends our headers with every request to the API', async () => {
    const seen: (string | null)[] = []
    const relay = Bun.serve({
      hostname: '0.0.0.0',
      port: 0,
      async fetch(request) {
        if (request.method === 'POST') seen.push(request.headers.get('x-klaudio-agent'))
        const { pathname, search } = new URL(request.url)
        return fetch(`http://127.0.0.1:${model.port}${pathname}${search}`, request)
      },
    })
    script = [bash('echo 1'), say('done')]
    const cli = await start({
      baseUrl: `http://host.docker.internal:${relay.port}`,
      headers: { 'x-klaudio-agent': 'a-7' },
    })
    await cli.ask('go')
    await relay.stop(true)
    expect(seen).toEqual(['a-7', 'a-7'])
  })

  test('a message that still waits can be taken back', async () => {
    script = [bash('while [ ! -e go ]; do sleep 0.05; done', 'wait for a file'), say('done')]
    const cli = await start({})
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    await cli.send(toUserMessage({ uuid: first, text: 'work' }))
    await cli.until((events) => events.find(({ type }) => type === 'assistant'))
    await cli.send(toUserMessage({ uuid: second, text: 'never mind', priority: 'later' }))
    await cli.until((_, state) => (state.messages.get(second) === 'queued' ? true : undefined))
    await cli.send(toControlRequest('w', { subtype: 'cancel_async_message', message_uuid: second }))
    await cli.until((_, state) => (state.messages.get(second) === 'cancelled' ? true : undefined))
    await engine.exec(cli.containerId, { cmd: ['touch', '/workspace/go'] })
    expect((await cli.turnOf(first)).messageIds).toEqual([first])
  })

  test('the model can be changed between two turns', async () => {
    script = [say('done')]
    const cli = await start({ model: 'sonnet' })
    await cli.ask('one')
    await cli.send(toControlRequest('m', { subtype: 'set_model', model: 'haiku' }))
    await cli.ask('two')
    const models = model
      .requests()
      .slice(-2)
      .map(({ body }) => body?.model)
    expect(models).toEqual(['claude-sonnet-5-5', 'claude-haiku-5-5'])
  })

  test('a CLI that is told to end does so after its turn, with 0', async () => {
    script = [say('done')]
    const cli = await start({})
    await cli.ask('one')
    await cli.send(toControlRequest('e', { subtype: 'end_session' }))
    expect(await cli.exited()).toBe(0)
  })
})
