/** A made-up but faithful stream-json output of one agent, for looking at the pages without a server. */
const session = 'c0ffee00-0000-4000-8000-000000000001'
const start = Date.parse('2026-11-22T10:00:00Z')

type Block = Record<string, unknown>

export function createStream() {
  const lines: string[] = []
  let at = start
  let calls = 0
  const say = (line: Record<string, unknown>): void => {
    lines.push(JSON.stringify({ ...line, session_id: session, uuid: crypto.randomUUID() }))
  }
  const stamp = (seconds: number): string => {
    at += seconds * 1000
    return new Date(at).toISOString()
  }
  const assistant = (block: Block, seconds = 1, extra: Block = {}): void =>
    say({
      type: 'assistant',
      message: { id: `msg_${calls}`, role: 'assistant', content: [block] },
      parent_tool_use_id: null,
      timestamp: stamp(seconds),
      ...extra,
    })
  return {
    text: (): string => lines.map((line) => `${line}\n`).join(''),
    init: (): void =>
      say({
        type: 'system',
        subtype: 'init',
        cwd: '/workspace',
        tools: ['Bash', 'Edit', 'Read', 'Write', 'Grep', 'Glob', 'TodoWrite', 'WebFetch'],
        mcp_servers: [],
        model: 'claude-opus-5-5',
        claude_code_version: '2.1.330',
      }),
    message: (uuid: string, content: string, seconds = 2): void => {
      say({ type: 'command_lifecycle', command_uuid: uuid, state: 'started' })
      say({
        type: 'user',
        message: { role: 'user', content },
        parent_tool_use_id: null,
        timestamp: stamp(seconds),
        uuid,
      })
      // The last key wins in JSON: the message keeps its own id.
      const last = lines.pop() ?? '{}'
      lines.push(JSON.stringify({ ...JSON.parse(last), uuid, isReplay: true }))
    },
    think: (seconds: number): void =>
      assistant(
        {
          type: 'thinking',
          thinking: 'The window must move with every call, so a sorted set is the natural store.',
        },
        seconds,
        {
          thinking_duration_ms: seconds * 1000,
        },
      ),
    prose: (text: string, seconds = 3): void => assistant({ type: 'text', text }, seconds),
    call: (
      name: string,
      input: Block,
      result: string,
      options: { seconds?: number; failed?: boolean; detail?: unknown } = {},
    ): void => {
      const id = `toolu_${calls++}`
      assistant({ type: 'tool_use', id, name, input })
      say({
        type: 'user',
        message: {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: id,
              content: result,
              ...(options.failed ? { is_error: true } : {}),
            },
          ],
        },
        parent_tool_use_id: null,
        timestamp: stamp(options.seconds ?? 0.4),
        tool_use_result: options.detail ?? result,
      })
    },
    open: (name: string, input: Block): void =>
      assistant({ type: 'tool_use', id: `toolu_${calls++}`, name, input }),
    retry: (attempt: number): void =>
      say({
        type: 'system',
        subtype: 'api_retry',
        attempt,
        max_retries: 10,
        retry_delay_ms: 1500,
        error_status: 529,
        error: 'overloaded',
      }),
    result: (): void =>
      say({
        type: 'result',
        subtype: 'success',
        is_error: false,
        duration_ms: at - start,
        num_turns: 9,
        total_cost_usd: 0.92,
        result: 'Done.',
      }),
  }
}

const tests = `> limits@1.4.0 test
> node --test

\u001b[32m✓\u001b[39m window.test.ts (6 tests)
\u001b[32m✓\u001b[39m pool.test.ts (4 tests)
\u001b[31mFAIL\u001b[39m store.test.ts › survives SCRIPT FLUSH
  \u001b[31mNOSCRIPT No matching script. Use EVAL.\u001b[39m
    at RedisStore.check (src/limits/store.ts:42:12)
    at async store.test.ts:88:5
${Array.from({ length: 38 }, (_, index) => `  ok ${index + 1} - keeps the order of calls, case ${index + 1}`).join('\n')}

Tests: 1 failed, 12 passed`

/** What the agent at work has printed. */
export function redisStore(): string {
  const stream = createStream()
  stream.init()
  stream.message(
    '11111111-0000-4000-8000-000000000001',
    'Write the Redis-backed store.\n\nSliding-window counters in Redis behind the Store interface. One Lua script per check.',
  )
  stream.think(6)
  stream.prose(
    'The Store interface has one method. I’ll keep the window in a sorted set and do the check in one Lua script, so two requests can’t both pass at the limit.',
  )
  stream.call('TodoWrite', { todos: todos(1) }, 'ok')
  for (const file of [
    'src/limits/store.ts',
    'src/redis/pool.ts',
    'src/limits/policy.ts',
    'test/limits/store.test.ts',
  ])
    stream.call('Read', { file_path: `/workspace/${file}` }, '…', {
      detail: { type: 'text', file: { numLines: 112 } },
    })
  stream.call('Grep', { pattern: 'SCRIPT LOAD' }, 'src/limits/store.ts\nsrc/redis/pool.ts', {
    detail: { mode: 'content', numFiles: 2, numLines: 4, filenames: [] },
  })
  stream.call('Edit', { file_path: '/workspace/src/limits/store.ts' }, 'updated', {
    seconds: 19,
    detail: {
      filePath: '/workspace/src/limits/store.ts',
      structuredPatch: [
        {
          oldStart: 25,
          newStart: 25,
          lines: [
            ' export class RedisStore implements Store {',
            '   constructor(private redis: Redis) {',
            '-    this.sha = redis.script("LOAD", LUA)',
            '+    redis.defineCommand("slidingWindow", {',
            '+      numberOfKeys: 1,',
            '+      lua: SLIDING_WINDOW,',
            '+    })',
            '   }',
            ' ',
            '   async check(key: string, limit: number) {',
            '-    return this.redis.evalsha(this.sha, 1, key, limit)',
            '+    return this.redis.slidingWindow(key, limit)',
            '   }',
            ' }',
          ],
        },
      ],
    },
  })
  stream.call('Write', { file_path: '/workspace/src/limits/window.lua' }, 'created', {
    seconds: 6,
    detail: {
      type: 'create',
      filePath: '/workspace/src/limits/window.lua',
      content:
        'local key = KEYS[1]\nlocal now = tonumber(ARGV[1])\nredis.call("ZREMRANGEBYSCORE", key, 0, now - ARGV[2])\nreturn redis.call("ZCARD", key)\n',
    },
  })
  stream.call('Bash', { command: 'pnpm test --filter limits' }, `Exit code 1\n${tests}`, {
    seconds: 9.4,
    failed: true,
  })
  stream.call('TodoWrite', { todos: todos(3) }, 'ok')
  stream.retry(1)
  stream.retry(2)
  stream.prose(
    'NOSCRIPT comes back after a failover because the script cache is empty. `defineCommand` reloads by itself, so the raw EVALSHA call has to go.',
    7,
  )
  stream.message(
    '22222222-0000-4000-8000-000000000002',
    'Use defineCommand, it reloads by itself. Please also add a TTL to the key.',
    5,
  )
  stream.call(
    'Bash',
    { command: 'git diff --stat' },
    ' src/limits/store.ts   | 12 +++++++-----\n src/limits/window.lua |  4 ++++\n 2 files changed, 11 insertions(+), 5 deletions(-)',
    { seconds: 0.2 },
  )
  return stream.text()
}

/** What follows while somebody watches, one line at a time. */
export function redisStoreLive(): string[] {
  const stream = createStream()
  stream.open('Bash', { command: 'pnpm test --filter limits --watch=false' })
  return stream.text().trimEnd().split('\n')
}

export function planner(): string {
  const stream = createStream()
  stream.init()
  stream.message('33333333-0000-4000-8000-000000000003', 'Plan this task.')
  stream.think(3)
  for (const file of ['package.json', 'src/app.ts', 'src/routes/index.ts'])
    stream.call('Read', { file_path: `/workspace/${file}` }, '…', {
      detail: { type: 'text', file: { numLines: 64 } },
    })
  stream.call('Glob', { pattern: 'src/**/*.ts' }, 'src/app.ts', {
    detail: { filenames: ['src/app.ts', 'src/a.ts'], numFiles: 2 },
  })
  stream.prose(
    'The API has one entry point and no limits yet. Two things are unclear; I ask before I plan.',
  )
  return stream.text()
}

function todos(done: number) {
  return [
    'Read the Store interface',
    'Lua sliding window',
    'Connection pool',
    'Handle NOSCRIPT after failover',
    'Integration test',
  ].map((content, index) => ({
    content,
    activeForm: content,
    status: index < done ? 'completed' : index === done ? 'in_progress' : 'pending',
  }))
}
