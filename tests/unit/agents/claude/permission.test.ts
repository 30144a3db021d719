import { describe, expect, test } from 'bun:test'
import { isAsking, toPermissionRequest } from '#agents/claude/permission.ts'
import type { PendingRequest } from '#agents/claude/session.ts'
import { play, readRecording } from '../../../support/recordings.ts'

const ask = (request: Record<string, unknown>): PendingRequest => ({
  type: 'control_request',
  requestId: 'r1',
  subtype: 'can_use_tool',
  request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'x' }, ...request },
})
const rulesOf = (request: Record<string, unknown>) => toPermissionRequest(ask(request))?.rules

describe('what the CLI asks', () => {
  test('is the whole call, why, and what would spare the question', () => {
    const { effects } = play([readRecording('v-reqaction')])
    const asked = effects.flatMap((effect) => (effect.type === 'request' ? [effect.request] : []))
    expect(asked.map(toPermissionRequest)).toEqual([
      {
        requestId: '91479b87-812d-4346-b724-a67c1304e34d',
        tool: 'Bash',
        input: { command: 'touch zz' },
        description: 'touch zz',
        blockedPath: '/workspace/zz',
        rules: ['Bash(touch zz *)', 'Edit(//workspace/zz)'],
      },
    ])
  })

  test('is a question only while it is one', () => {
    expect(isAsking({ pending: new Map([['r1', ask({})]]) })).toBe(true)
    const other: PendingRequest = { ...ask({ subtype: 'mcp_message' }), subtype: 'mcp_message' }
    expect(isAsking({ pending: new Map([['r1', other]]) })).toBe(false)
    expect(isAsking({ pending: new Map() })).toBe(false)
  })

  test('is no question when nobody could read it', () => {
    expect(toPermissionRequest(ask({ input: { command: 'x'.repeat(256 * 1024) } }))).toBeUndefined()
    expect(toPermissionRequest(ask({ input: 'rm' }))).toBeUndefined()
    expect(toPermissionRequest(ask({ tool_name: '' }))).toBeUndefined()
  })
})

describe('rules that would spare the question', () => {
  const add = (rules: unknown, more = {}) => ({
    permission_suggestions: [
      { type: 'addRules', behavior: 'allow', destination: 'localSettings', rules, ...more },
    ],
  })

  test.each([
    [[{ toolName: 'Bash', ruleContent: 'npm test *' }], ['Bash(npm test *)']],
    [[{ toolName: 'mcp__team__send' }], ['mcp__team__send']],
    [[{ toolName: 'Bash', ruleContent: 'f "(a)" \\' }], ['Bash(f "\\(a\\)" \\\\)']],
    [
      [
        { toolName: 'Bash', ruleContent: 'a' },
        { toolName: 'Bash', ruleContent: 'b' },
      ],
      ['Bash(a)', 'Bash(b)'],
    ],
  ])('%j are written %j', (rules, expected) => {
    expect(rulesOf(add(rules))).toEqual(expected)
  })

  test('are none when the CLI suggests to forbid, to show no rule, or something else', () => {
    const rules = [{ toolName: 'Bash', ruleContent: 'npm *' }]
    expect(rulesOf(add(rules, { behavior: 'deny' }))).toEqual([])
    expect(rulesOf({ ...add(rules), suppress_always_allow_rule: true })).toEqual([])
    expect(rulesOf(add([{ toolName: 'Bash) Edit(*' }]))).toEqual([])
    expect(rulesOf({ permission_suggestions: 'all' })).toEqual([])
    expect(rulesOf({})).toEqual([])
  })

  test('of a command that writes are for its file too, unless its name would be a pattern', () => {
    const suggested = add([{ toolName: 'Bash', ruleContent: 'echo hi *' }])
    const rulesFor = (path: string) => rulesOf({ ...suggested, blocked_path: path })
    expect(rulesFor('/tmp/my file')).toEqual(['Bash(echo hi *)', 'Edit(//tmp/my file)'])
    for (const path of ['/tmp/*', '/tmp/a) Bash(*', 'notes', '/tmp/a\\b'])
      expect(rulesFor(path)).toEqual(['Bash(echo hi *)'])
  })

  test('are none where the CLI wants a person each time', () => {
    const suggested = add([{ toolName: 'Bash', ruleContent: 'cd d *' }])
    const reason = 'Compound command contains cd with write operation - manual approval required'
    expect(rulesOf({ ...suggested, decision_reason: reason })).toEqual([])
  })

  test('of edits are for the workspace alone, and not for a path outside', () => {
    const mode = { permission_suggestions: [{ type: 'setMode', mode: 'acceptEdits' }] }
    expect(rulesOf({ ...mode, tool_name: 'Write' })).toEqual(['Edit(./**)'])
    expect(rulesOf({ ...mode, tool_name: 'Write', decision_reason_type: 'workingDir' })).toEqual([])
    expect(rulesOf({ ...mode, tool_name: 'Bash' })).toEqual([])
  })
})
