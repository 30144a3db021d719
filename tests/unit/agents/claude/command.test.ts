import { expect, test } from 'bun:test'
import { toClaudeCommand } from '#agents/claude/command.ts'
import { toControlRequest, toUserMessage } from '#agents/claude/frames.ts'
import { toExitOutcome } from '#agents/claude/outcome.ts'

const base = {
  profile: { kind: 'worker' as const },
  model: 'opus',
  sessionId: '0a0a0a0a-1111-4222-8333-444444444444',
  resume: false,
  configDir: '/state/claude',
}

test('a repository cannot bring its own hooks, servers or settings, whatever the kind of agent', () => {
  for (const profile of [
    base.profile,
    { kind: 'planner' as const, jsonSchema: { type: 'object' } },
  ]) {
    const { argv } = toClaudeCommand({ ...base, profile })
    expect(argv).toContain('--setting-sources=user')
    expect(argv).toContain('--strict-mcp-config')
  }
})

test('a planner can only read, and must answer in its schema', () => {
  const { argv } = toClaudeCommand({
    ...base,
    profile: { kind: 'planner', jsonSchema: { type: 'object', required: ['a'] } },
  })
  expect(argv).toContain('--tools=Read,Grep,Glob')
  expect(argv).toContain('--json-schema={"type":"object","required":["a"]}')
  expect(argv).not.toContain('--dangerously-skip-permissions')
})

test.each(['acceptEdits', 'manual'] as const)(
  'a worker in mode %s asks us, and not in tools of its own',
  (mode) => {
    const permissions = { mode, allow: ['Bash(npm test *)'] }
    const { argv } = toClaudeCommand({ ...base, profile: { kind: 'worker', permissions } })
    expect(argv).toContain('--permission-prompt-tool=stdio')
    expect(argv).toContain(`--permission-mode=${mode}`)
    expect(argv).toContain('--allow-dangerously-skip-permissions')
    expect(argv).not.toContain('--dangerously-skip-permissions')
    const disallowed = argv
      .find((arg) => arg.startsWith('--disallowedTools='))
      ?.slice(18)
      .split(',')
    expect(disallowed).toEqual(expect.arrayContaining(['Agent', 'AskUserQuestion', 'ExitPlanMode']))
    const settings = argv.find((arg) => arg.startsWith('--settings='))?.slice(11) ?? ''
    expect(JSON.parse(settings)).toMatchObject({
      includeGitInstructions: false,
      permissions: { allow: ['Bash(npm test *)'] },
    })
  },
)

test('a session is begun once and resumed ever after', () => {
  const begun = toClaudeCommand(base)
  expect(begun.argv).toContain(`--session-id=${base.sessionId}`)
  expect(begun.env).not.toHaveProperty('CLAUDE_CODE_RESUME_INTERRUPTED_TURN')
  const resumed = toClaudeCommand({ ...base, resume: true })
  expect(resumed.argv).toContain(`--resume=${base.sessionId}`)
  expect(resumed.argv.join(' ')).not.toContain('--session-id')
  expect(resumed.env).toHaveProperty('CLAUDE_CODE_RESUME_INTERRUPTED_TURN', '1')
})

test('limits and the base URL are passed only when there are any', () => {
  const { argv, env } = toClaudeCommand({
    ...base,
    limits: { maxTurns: 7, maxCostUsd: 1.5 },
    baseUrl: 'http://model:1/x',
    headers: { 'x-agent': '7', 'x-run': 'a' },
  })
  expect(argv).toEqual(expect.arrayContaining(['--max-turns=7', '--max-budget-usd=1.5']))
  expect(env).toMatchObject({
    ANTHROPIC_BASE_URL: 'http://model:1/x',
    ANTHROPIC_CUSTOM_HEADERS: 'x-agent: 7\nx-run: a',
  })
  const plain = toClaudeCommand({ ...base, limits: { maxTurns: 0, maxCostUsd: 0 } })
  expect(plain.argv.join(' ')).not.toMatch(/--max-/)
  expect(plain.env).not.toHaveProperty('ANTHROPIC_BASE_URL')
})

test('a frame is one line whatever the text', () => {
  const frame = toUserMessage({ uuid: 'u', text: 'a\nb\u2028c"', priority: 'later' })
  expect(frame).not.toContain('\n')
  expect(JSON.parse(frame)).toMatchObject({
    uuid: 'u',
    priority: 'later',
    message: { content: 'a\nb\u2028c"' },
  })
  expect(JSON.parse(toControlRequest('r', { subtype: 'interrupt', cancel_queued: true }))).toEqual({
    type: 'control_request',
    request_id: 'r',
    request: { subtype: 'interrupt', cancel_queued: true },
  })
})

test('a CLI that ended without a result is told with its last words', () => {
  const outcome = toExitOutcome({
    exitCode: 1,
    oomKilled: false,
    stderr: 'noise\nSession ID x is already in use.\n',
  })
  expect(outcome).toMatchObject({ kind: 'failed', code: 'cli-exited', retryable: true })
  expect(outcome.kind === 'failed' && outcome.reason).toContain('Session ID x is already in use.')
  expect(toExitOutcome({ exitCode: 137, oomKilled: true, stderr: '' })).toMatchObject({
    code: 'out-of-memory',
  })
})
