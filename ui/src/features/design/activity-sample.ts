/** One row of every kind an agent's output can have; `tests/ui/design.test.ts` holds it to the recordings. */
import type { Row, RowBody } from '../../lib/activity/rows.ts'

const start = Date.parse('2026-01-05T10:00:00Z')

const bodies: readonly RowBody[] = [
  {
    kind: 'start',
    model: 'claude-opus-5-5',
    cwd: '/workspace',
    tools: ['Bash', 'Edit', 'Read'],
    failedServers: ['docs'],
    version: '2.1.330',
  },
  { kind: 'text', text: 'I will look at the store first, then **write the script**.', live: false },
  { kind: 'thinking', text: 'A sliding window needs one round trip.', live: false, ms: 6000 },
  {
    kind: 'reads',
    state: 'done',
    ms: 1200,
    items: [
      {
        tool: 'Read',
        target: 'src/limits/store.ts',
        result: '112 lines',
        state: 'done',
        callId: 'c1',
        output: '',
      },
      { tool: 'Grep', target: 'sha', result: '4 hits', state: 'done', callId: 'c2', output: '' },
    ],
  },
  {
    kind: 'edit',
    state: 'done',
    path: 'src/limits/store.ts',
    isNew: false,
    added: 2,
    deleted: 1,
    lines: [
      { kind: 'del', old: 27, text: 'this.sha = redis.script("LOAD", LUA)' },
      { kind: 'add', new: 27, text: 'redis.defineCommand("slidingWindow", options)' },
    ],
  },
  { kind: 'bash', state: 'done', command: 'pnpm test', output: '41 passed', ms: 8200 },
  {
    kind: 'bash',
    state: 'failed',
    command: 'pnpm test --filter limits',
    output: 'FAIL store.test.ts\nNOSCRIPT No matching script',
    exit: 1,
    ms: 4100,
  },
  {
    kind: 'todo',
    isLatest: true,
    isPartial: false,
    items: [
      { text: 'Read Store interface', state: 'done' },
      { text: 'Handle NOSCRIPT after failover', state: 'active' },
      { text: 'Integration test', state: 'pending' },
    ],
  },
  {
    kind: 'subagent',
    state: 'done',
    description: 'Find callers of the store',
    prompt: 'List every caller.',
    calls: 12,
    ms: 31_000,
    result: 'Three callers.',
  },
  { kind: 'calling', name: 'Write', size: 2048 },
  {
    kind: 'tool',
    state: 'done',
    server: 'docs',
    name: 'search',
    argument: 'defineCommand',
    input: { query: 'defineCommand' },
    output: 'ioredis: defineCommand(name, options)',
    ms: 700,
  },
  { kind: 'orphan', state: 'done', output: 'The result of an earlier call' },
  {
    kind: 'team',
    state: 'done',
    to: 'middleware',
    label: 'report',
    text: 'The store is ready to use.',
    output: 'delivered',
  },
  {
    kind: 'background',
    state: 'done',
    description: 'pnpm dev',
    summary: 'ended with exit 0',
    ms: 42_000,
  },
  {
    kind: 'ask',
    state: 'allowed',
    requestId: 'r1',
    callId: 'c9',
    tool: 'Bash',
    input: 'psql "$STAGING_URL" -c "SELECT count(*) FROM api_keys"',
    reason: 'Not in the allowed commands',
    answer: '',
    questions: [],
  },
  { kind: 'hook', state: 'done', name: 'PostToolUse', output: 'formatted', ms: 90 },
  { kind: 'message', uuid: 'm1', text: 'Use defineCommand, please.', state: 'read' },
  { kind: 'denied', tool: 'Bash', reason: 'rm is not in the allowed commands' },
  { kind: 'retry', attempt: 3, max: 10, status: '529', delayMs: 8000, lostMs: 3000, over: true },
  { kind: 'limit', text: '5 h usage 91%', rejected: false },
  { kind: 'divider', text: 'Conversation summarised, 985k → 3k tokens' },
  { kind: 'error', text: 'API error 400: the request is too long' },
  { kind: 'notice', text: 'Model changed to claude-sonnet', detail: '' },
  { kind: 'unknown', name: 'future_event', raw: '{"type":"future_event"}' },
  {
    kind: 'result',
    ok: true,
    turn: 3,
    calls: 5,
    isPartial: false,
    ms: 42_000,
    costUsd: 0.31,
    totalUsd: 0.92,
    text: 'The store counts in Redis.',
    cause: '',
    models: [],
  },
]

/** Ids begin with `prefix`, so that the rows can stand on one page twice. */
export const activitySample = (prefix: string): Row[] =>
  bodies.map((body, index) => ({
    ...body,
    id: `${prefix}-${index}`,
    offset: index * 100,
    at: start + index * 7000,
    depth: 0,
  }))

export const activityStart = start
