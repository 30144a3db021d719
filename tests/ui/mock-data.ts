/** Tasks in every state a page has to show. */
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { Plan, Question, Subtask, SubtaskStatus } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { delivered, followUps, undelivered } from './mock-deliveries.ts'

const now = Date.now()
export const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()

export function makeTask(id: string, change: Partial<Task>): Task {
  return {
    id,
    name: id,
    prompt: 'Do it.',
    status: 'running',
    phase: 'working',
    has_state: true,
    mode: 'parallel',
    model: 'claude-opus-5-5',
    source: { kind: 'git', url: 'https://github.com/acme/api.git' },
    limits: {},
    auto_approve: false,
    permission_mode: 'bypassPermissions',
    permission_rules: [],
    branch: `klaudio/${id}`,
    base_commit: 'a'.repeat(40),
    head_commit: 'b'.repeat(40),
    plan_version: 1,
    progress: { total: 0, completed: 0, running: 0, failed: 0, skipped: 0 },
    cost_usd: 0,
    created_at: ago(60),
    updated_at: ago(3),
    started_at: ago(48),
    ...change,
  }
}

export function makeAgent(id: string, change: Partial<Agent>): Agent {
  return {
    id,
    task_id: 'rate-limits',
    role: 'developer',
    kind: 'worker',
    status: 'running',
    phase: 'working',
    model: 'claude-opus-5-5',
    attempt: 1,
    turns: 3,
    cost_usd: 0.4,
    usage: { input_tokens: 1000, output_tokens: 400, cache_read_tokens: 0, cache_write_tokens: 0 },
    output_bytes: 10_000,
    created_at: ago(6),
    started_at: ago(4.2),
    ...change,
  }
}

type Short = [id: string, name: string, status: SubtaskStatus, after: string[], role?: string]

function makeSubtask([id, name, status, after, role = 'developer']: Short): Subtask {
  const begun = !['pending', 'queued', 'skipped'].includes(status)
  return {
    id,
    name,
    description: `${name}, behind the interfaces that exist, with tests.`,
    prompt: `Build "${name}" behind the existing interfaces.\n\nWrite tests first, keep the public API as it is, and run the whole test suite before you report.`,
    depends_on: after,
    files_involved: ['src/limits/store.ts', 'test/limits/store.test.ts'],
    complexity: 'medium',
    agent_role: role,
    status,
    attempt: begun ? (id === 'redis-store' ? 2 : 1) : 0,
    max_attempts: 3,
    ...(begun ? { agent_id: `agent-${id}`, started_at: ago(5) } : {}),
    ...(status === 'completed'
      ? {
          completed_at: ago(2),
          summary: `${name} is built and tested.`,
          merged_commit: 'c'.repeat(40),
        }
      : {}),
    ...(status === 'failed'
      ? { error: 'pnpm test failed 3 times, last: NOSCRIPT No matching script. Use EVAL.' }
      : {}),
    ...(status === 'skipped' ? { error: 'Skipped because mail-api failed.' } : {}),
  }
}

export function makePlan(taskId: string, subtasks: Short[], change: Partial<Plan> = {}): Plan {
  return {
    id: `plan-${taskId}`,
    task_id: taskId,
    version: 3,
    origin: 'planner',
    analysis: 'The API has one entry point; limits fit into a middleware with a store behind it.',
    strategy: 'parallel',
    subtasks: subtasks.map(makeSubtask),
    estimated_agents: 3,
    notes: '',
    status: 'approved',
    created_at: ago(12),
    ...change,
  }
}

const diamond: Short[] = [
  ['limit-policy', 'Limit policy', 'completed', []],
  ['store-interface', 'Store interface', 'completed', []],
  ['redis-store', 'Redis-backed store', 'running', ['limit-policy', 'store-interface']],
  ['middleware', 'HTTP middleware', 'running', ['limit-policy', 'store-interface']],
  ['public-docs', 'Public docs', 'queued', ['store-interface'], 'writer'],
  ['api-tests', 'API tests', 'pending', ['redis-store', 'middleware'], 'tester'],
  ['review', 'Review and fix round', 'pending', ['api-tests', 'public-docs'], 'reviewer'],
]

const services = 'auth billing search orders users cart mail audit export sync quota hooks'.split(
  ' ',
)
const suffixes = ['', '-api', '-ui', '-db', '-tests']
const letters: Record<string, SubtaskStatus> = {
  d: 'completed',
  r: 'running',
  f: 'failed',
  s: 'skipped',
  w: 'pending',
}
/** Fifty subtasks in seven layers, one letter each. */
const layers = ['dd', 'ddddddddd', 'ddddddddrfrrrr', 'rrwwwwwwwswww', 'wwwwwwww', 'www', 'w']

function fifty(): Short[] {
  const rows = layers.flatMap((text, layer) =>
    [...text].map((letter, row) => ({ layer, row, letter })),
  )
  const idsOf = (layer: number): string[] =>
    rows.flatMap((each, index) => (each.layer === layer ? [`s${index}`] : []))
  return rows.map(({ layer, row, letter }, index) => {
    const before = idsOf(layer - 1)
    const main = before[Math.floor((row * before.length) / (layers[layer]?.length ?? 1))]
    const other = row % 3 === 0 ? before[(row * 7 + 3) % Math.max(1, before.length)] : undefined
    const name = `${services[(index * 5 + layer) % 12]}${suffixes[(layer + row) % 5]}`
    const after = new Set([main, other].filter((each) => each !== undefined))
    return [
      `s${index}`,
      layer === 6 ? 'Final review' : name,
      letters[letter] ?? 'pending',
      [...after],
    ]
  })
}

export const plans: Record<string, Plan> = {
  'rate-limits': makePlan('rate-limits', diamond),
  invoices: makePlan(
    'invoices',
    [
      ['schema', 'Schema', 'pending', []],
      ['copy', 'Copy rows', 'pending', ['schema']],
      ['switch', 'Switch reads', 'pending', ['copy']],
      ['checks', 'Checks', 'pending', ['schema']],
    ],
    { version: 1, status: 'planned' },
  ),
  sdk: makePlan('sdk', fifty()),
  docs: makePlan('docs', [
    ['tokens', 'Colour tokens', 'completed', []],
    ['switch', 'Theme switch', 'completed', []],
    ['pages', 'Pages', 'queued', ['tokens', 'switch']],
    ['images', 'Images', 'pending', ['tokens']],
    ['tests', 'Tests', 'pending', ['pages', 'images']],
    ['notes', 'Release notes', 'pending', ['tests'], 'writer'],
  ]),
  bazel: makePlan('bazel', [
    ['inventory', 'Inventory', 'completed', []],
    ['gazelle', 'Gazelle rules', 'failed', ['inventory']],
    ['ci', 'CI', 'skipped', ['gazelle']],
  ]),
  node24: makePlan('node24', [
    ['bump', 'Bump Node', 'completed', []],
    ['ci', 'CI', 'completed', ['bump']],
    ['docs', 'Docs', 'completed', ['bump'], 'writer'],
  ]),
  redis: makePlan('redis', [
    ['store', 'Session store', 'completed', []],
    ['switch', 'Switch over', 'completed', ['store']],
  ]),
}

export const agents: Agent[] = [
  makeAgent('agent-planner', {
    kind: 'planner',
    role: 'planner',
    status: 'completed',
    phase: null,
    completed_at: ago(9),
    started_at: ago(11),
    cost_usd: 0.31,
  }),
  makeAgent('agent-limit-policy', {
    subtask_id: 'limit-policy',
    status: 'completed',
    phase: null,
    started_at: ago(9),
    completed_at: ago(6.8),
    cost_usd: 0.21,
  }),
  makeAgent('agent-store-interface', {
    output_bytes: 0,
    output_removed: { at: ago(3), bytes: 12_400_000, days: 30 },
    subtask_id: 'store-interface',
    status: 'completed',
    phase: null,
    started_at: ago(9),
    completed_at: ago(7.2),
    cost_usd: 0.18,
  }),
  makeAgent('agent-redis-store', {
    subtask_id: 'redis-store',
    attempt: 2,
    phase: 'awaiting_permission',
    activity: 'Edit src/limits/store.ts',
    cost_usd: 0.92,
  }),
  makeAgent('agent-middleware', {
    subtask_id: 'middleware',
    phase: 'awaiting_permission',
    activity: 'Bash psql "$STAGING_URL" -v ON_ERROR_STOP=1',
    started_at: ago(3.7),
    cost_usd: 0.71,
  }),
  makeAgent('agent-public-docs', {
    subtask_id: 'public-docs',
    role: 'writer',
    status: 'queued',
    phase: null,
    queue_position: 2,
    started_at: undefined as never,
  }),
]
for (const agent of agents) if (agent.started_at === undefined) delete agent.started_at

export const tasks: Task[] = [
  makeTask('rate-limits', {
    name: 'Rate limits for the public API',
    progress: { total: 7, completed: 2, running: 2, failed: 0, skipped: 0 },
    pending_permissions: 2,
    cost_usd: 3.18,
    started_at: ago(12),
    agents,
  }),
  makeTask('invoices', {
    name: 'Migrate invoices to Postgres',
    status: 'planned',
    phase: null,
    cost_usd: 0.42,
    source: { kind: 'git', url: 'https://github.com/acme/billing.git' },
    progress: { total: 4, completed: 0, running: 0, failed: 0, skipped: 0 },
  }),
  makeTask('checkout', {
    name: 'Fix flaky checkout tests',
    status: 'planning',
    phase: 'awaiting_answers',
    plan_version: null,
    cost_usd: 0.12,
    source: { kind: 'local', path: '/home/me/shop' },
    started_at: ago(6),
    agents: [
      makeAgent('agent-planner-2', {
        task_id: 'checkout',
        kind: 'planner',
        role: 'planner',
        phase: 'idle',
      }),
    ],
  }),
  makeTask('sdk', {
    name: 'Move 12 services to the new SDK',
    progress: { total: 50, completed: 19, running: 7, failed: 1, skipped: 1 },
    cost_usd: 18.42,
    agents: [],
  }),
  makeTask('docs', {
    name: 'Dark mode for the docs site',
    status: 'paused',
    phase: null,
    progress: { total: 6, completed: 2, running: 1, failed: 0, skipped: 0 },
    cost_usd: 2.9,
  }),
  makeTask('planning', {
    name: 'Rewrite CSV importer',
    status: 'planning',
    phase: 'exploring',
    plan_version: null,
    cost_usd: 0.05,
    started_at: ago(1),
    agents: [
      makeAgent('agent-planner-3', {
        task_id: 'planning',
        kind: 'planner',
        role: 'planner',
        activity: 'Read src/routes/index.ts',
      }),
    ],
  }),
  makeTask('bazel', {
    name: 'Port build to Bazel',
    status: 'failed',
    phase: null,
    error: 'Gazelle rules failed: pnpm test failed 3 times, last: NOSCRIPT No matching script.',
    progress: { total: 3, completed: 1, running: 0, failed: 1, skipped: 1 },
    cost_usd: 5.2,
    completed_at: ago(20),
    updated_at: ago(20),
  }),
  makeTask('node24', {
    name: 'Bump Node to 24 in all services',
    status: 'completed',
    phase: null,
    progress: { total: 3, completed: 3, running: 0, failed: 0, skipped: 0 },
    cost_usd: 1.1,
    source: { kind: 'git', url: 'https://git.example.com/acme/services.git' },
    ...(delivered.pull_request && { pr_url: delivered.pull_request.url }),
    delivery: delivered,
    follow_ups: followUps,
    started_at: ago(90),
    completed_at: ago(68),
    updated_at: ago(68),
  }),
  makeTask('redis', {
    name: 'Move sessions to Redis 7',
    status: 'failed',
    phase: null,
    error: `All work is done and kept, but it could not be delivered. ${undelivered.error}`,
    progress: { total: 2, completed: 2, running: 0, failed: 0, skipped: 0 },
    source: { kind: 'git', url: 'https://git.example.com/acme/services.git' },
    delivery: undelivered,
    completed_at: ago(80),
    updated_at: ago(80),
  }),
]

const busyCount = Number(process.env.BUSY ?? 0)
/** As many more agents at work as `BUSY` says, to see what a full house costs the page. */
export const busyAgents: Agent[] = Array.from({ length: busyCount }, (_, index) =>
  makeAgent(`busy-${index}`, {
    task_id: 'sdk',
    subtask_id: `s${index % 50}`,
    activity: 'Read src/index.ts',
    started_at: ago(1 + index / 10),
  }),
)
for (const task of tasks) if (task.id === 'sdk') task.agents = busyAgents

export const liveAgents = (): Agent[] =>
  tasks
    .flatMap((task) => task.agents ?? [])
    .filter(({ status }) => ['running', 'queued', 'created'].includes(status))

export const questions: Record<string, Question[]> = {
  checkout: [
    {
      id: 'q1',
      task_id: 'checkout',
      round: 1,
      text: 'Limit by API key or by IP address?',
      context: 'The tests use both, and the flaky one depends on which is first.',
      suggestions: [],
      options: ['API key', 'IP address'],
      status: 'pending',
      asked_at: ago(9),
    },
    {
      id: 'q2',
      task_id: 'checkout',
      round: 1,
      text: 'May tests that need more than 5 s be marked slow?',
      suggestions: ['Yes, with a tag', 'No, make them faster'],
      options: [],
      status: 'pending',
      asked_at: ago(9),
    },
  ],
}

type ShortEvent = [string, Record<string, unknown>, number, string?]
const history: ShortEvent[] = [
  ['task.created', {}, 14],
  ['task.started', { session: 1 }, 14],
  ['task.status', { from: 'created', to: 'planning', phase: 'exploring' }, 14],
  ['source.ready', {}, 13.8],
  ['planner.question', { questions: [{ text: 'Limit by API key or by IP address?' }] }, 13],
  ['question.answered', { answer: 'API key' }, 12.6],
  ['plan.generated', { version: 3 }, 12],
  ['plan.approved', {}, 11.8],
  ['subtask.queued', {}, 11.8, 'limit-policy'],
  ['subtask.started', {}, 11, 'limit-policy'],
  ['agent.status', { status: 'running', phase: 'working' }, 11, 'limit-policy'],
  ['subtask.queued', {}, 11, 'redis-store'],
  ['subtask.started', {}, 9.5, 'redis-store'],
  ['message.sent', { msg_type: 'message' }, 8.5, 'limit-policy'],
  ['task.recovered', {}, 8],
  ['subtask.integrating', {}, 7, 'limit-policy'],
  ['subtask.completed', {}, 6.8, 'limit-policy'],
  ['subtask.retrying', { reason: 'tests failed', attempt: 1 }, 5, 'redis-store'],
  ['subtask.started', {}, 4.2, 'redis-store'],
]
/** As many calls of tools as `EVENTS` says, to see how a long log does. */
const activity: ShortEvent[] = Array.from({ length: Number(process.env.EVENTS ?? 0) }, (_, at) => [
  'agent.activity',
  { activity: `Bash step ${at + 1}` },
  4.2 - (4 * at) / Number(process.env.EVENTS),
  'redis-store',
])

const events: TaskEvent[] = [...history, ...activity].map(
  ([type, data, minutes, subtask], index) => ({
    id: index + 1,
    task_id: 'rate-limits',
    seq: index + 1,
    // The list above has only types there are.
    type: type as TaskEvent['type'],
    data,
    created_at: ago(minutes),
    ...(subtask ? { subtask_id: subtask, agent_id: `agent-${subtask}` } : {}),
  }),
)

/** `GET events` of any task, which all have the same log. */
export function listEvents(query: URLSearchParams): object {
  const types = (query.get('type') ?? '').split(',').filter(Boolean)
  const limit = Number(query.get('limit') ?? 500)
  const isNewestFirst = query.get('order') === 'desc'
  const after = Number(query.get('after') ?? 0)
  const before = Number(query.get('before') ?? Number.MAX_SAFE_INTEGER)
  const found = events.filter(
    ({ seq, type }) => seq > after && seq < before && (types.length === 0 || types.includes(type)),
  )
  const ordered = isNewestFirst ? found.toReversed() : found
  const page = ordered.slice(0, limit)
  return { events: page, last: page.at(-1)?.seq ?? after, more: ordered.length > limit }
}

const extra = Number(process.env.TASKS ?? 0)
/** As many more finished tasks as `TASKS` says, to see how long lists do. */
const finished: Task[] = Array.from({ length: extra }, (_, index) =>
  makeTask(`old-${extra - index}`, {
    name: `Task ${extra - index}: ${services[index % 12]} ${suffixes[index % 5]}`,
    status: index % 7 === 0 ? 'cancelled' : 'completed',
    phase: null,
    progress: { total: 5, completed: 5, running: 0, failed: 0, skipped: 0 },
    cost_usd: (index % 90) / 10,
    started_at: ago(2000 + index),
    completed_at: ago(1990 + index),
    updated_at: ago(1990 + index),
  }),
)

/** `GET /api/tasks` of these tasks. */
export function listTasks(query: URLSearchParams): object {
  const statuses = (query.get('status') ?? '').split(',').filter(Boolean)
  const search = (query.get('search') ?? '').toLowerCase()
  const [limit, offset] = [Number(query.get('limit') ?? 50), Number(query.get('offset') ?? 0)]
  const found = [...tasks, ...finished].filter(
    ({ status, name }) =>
      (statuses.length === 0 || statuses.includes(status)) && name.toLowerCase().includes(search),
  )
  return {
    tasks: found.slice(offset, offset + limit).map(({ agents: _, ...task }) => task),
    total: found.length,
    limit,
    offset,
  }
}
