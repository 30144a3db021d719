/** What is in the mock's checkpoints: the files of the task with a few odd names, and one agent's talk as the CLI writes it down. */
import type { CheckpointContents, KeptChanges } from '#contract/checkpoint-contents.ts'
import type { Subtask } from '#contract/plan.ts'
import { checkpointsOf } from './mock-checkpoints.ts'
import { planner, redisStore } from './mock-stream.ts'
import { listChanges, listFiles, sendArchive, sendFile, toDiff } from './mock-work.ts'

const encoder = new TextEncoder()
const base = '^/api/tasks/([^/]+)/checkpoints/([^/]+)'
const route = (rest: string): RegExp => new RegExp(`${base}/${rest}$`)
const asked = ({ url }: Request): URLSearchParams => new URL(url).searchParams

type Handler = (match: string[], request: Request) => unknown
type Line = Record<string, unknown>

/** The CLI's own file has other names for the same. */
function toTranscript(output: string): Uint8Array {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as Line)
    .filter(
      ({ type, parent_tool_use_id: parent }) =>
        !parent && (type === 'user' || type === 'assistant'),
    )
    .map(({ tool_use_result: toolUseResult, ...line }) =>
      toolUseResult === undefined ? line : { ...line, toolUseResult },
    )
  const noted = { type: 'queue-operation', operation: 'dequeue' }
  return encoder.encode([noted, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''))
}

const talks: Record<string, Uint8Array> = {
  'agent-redis-store': toTranscript(redisStore()),
  'agent-planner': toTranscript(planner()),
}

const odd = [
  { name: 'notes/"quoted" & <b>bold</b>.txt', size: 12, type: 'file' as const },
  { name: '"caf\\351.bin"', size: 3, type: 'file' as const },
  { name: 'latest', size: 12, type: 'symlink' as const },
]

const save = (size: number): NonNullable<CheckpointContents['agents'][number]['save']> => ({
  ...{ commit: '4f2a9c1be0d3478899aabbccddeeff0011223344', files: 412 },
  ...{ head: 'b'.repeat(40), branch: 'klaudio/9f3c21aa-store' },
  sessions: [{ name: '-workspace/s1.jsonl', size, main: true }],
  left_out: ['.env holds a login of this installation'],
  left_out_count: 1,
})

function contentsOf(taskId: string, id: string): CheckpointContents | undefined {
  const checkpoint = checkpointsOf(taskId).find((each) => each.id === id)
  if (!checkpoint) return undefined
  const { plan_progress: progress, repo_state: branch } = checkpoint
  const began = new Date(Date.now() - 12 * 60_000).toISOString()
  return {
    checkpoint,
    branch: branch ? { name: branch.branch, commit: branch.commit } : null,
    agents: [
      {
        ...{ agent_id: 'agent-planner', kind: 'planner', role: 'planner', status: 'completed' },
        ...{ attempt: 1, name: 'planner', started_at: began },
        save: {
          ...save(talks['agent-planner']?.length ?? 0),
          ...{ files: 0, left_out: [], left_out_count: 0 },
        },
      },
      {
        ...{ agent_id: 'agent-redis-store', kind: 'worker', role: 'developer', status: 'running' },
        ...{ attempt: 2, name: 'Redis store', subtask_id: 'store', started_at: began },
        save: save(talks['agent-redis-store']?.length ?? 0),
        work: 'c'.repeat(40),
      },
    ],
    plan: {
      ...{ version: 2, origin: 'planner', status: 'approved', strategy: 'parallel' },
      analysis:
        'The limiter counts in memory of one process; every instance must see the same window.',
      ...{ estimated_agents: 3, notes: '' },
      subtasks: (progress?.subtasks ?? []).map(
        ({ id: subtask, name, status }, index): Subtask => ({
          ...{ id: subtask, name, status, description: '', prompt: 'Do it.', files_involved: [] },
          ...{
            depends_on: index > 0 ? ['limits'] : [],
            complexity: 'medium',
            agent_role: 'developer',
          },
          ...{ attempt: status === 'running' ? 2 : 1, max_attempts: 3 },
          ...(status === 'completed' ? { summary: 'Done as asked, with tests.' } : {}),
        }),
      ),
    },
    questions: [
      { id: 'q1', text: 'Limit by API key or by address?', answer: 'By API key' },
      { id: 'q2', text: 'Should the window slide?' },
    ],
  }
}

/** Whole lines only, like the server's `align=line`. */
export function sendLines(bytes: Uint8Array, request: Request, isEnded: boolean): Response {
  const query = asked(request)
  const from = bytes.lastIndexOf(10, Math.max(0, Number(query.get('from')) - 1)) + 1
  const end = bytes.indexOf(10, Math.max(0, Number(query.get('to') ?? bytes.length) - 1))
  return new Response(bytes.slice(from, end < 0 ? bytes.length : end + 1), {
    headers: {
      'X-Klaudio-From': String(from),
      'X-Klaudio-Size': String(bytes.length),
      'X-Klaudio-Ended': String(isEnded),
    },
  })
}

function listKept(query: URLSearchParams) {
  const agent = query.get('of')?.split(':')[1]
  const { workspace } = listFiles(new URLSearchParams(agent ? { agent } : {}))
  const files = [...workspace, ...(agent ? odd : [])]
  const wanted = (query.get('q') ?? '').toLowerCase()
  return {
    files: files.filter(({ name }) => name.toLowerCase().includes(wanted)),
    next_cursor: null,
  }
}

function sendKept(request: Request): Response {
  const link = asked(request).get('path') === 'latest'
  return link ? new Response('src/app.ts', { headers: { ETag: '"link"' } }) : sendFile(request)
}

/** What the changes lead to, as the server says it. */
function whatOf(against: string): KeptChanges['to']['what'] {
  if (against === 'start') return 'checkpoint'
  return against.startsWith('checkpoint:') ? 'other' : 'now'
}

export const keptRoutes: [string, RegExp, Handler][] = [
  [
    'GET',
    route('contents'),
    ([task = '', id = '']) =>
      contentsOf(task, id) ??
      Response.json(
        {
          error:
            'This checkpoint was removed at 2026-11-22T11:58:02.000Z. The task itself and its other checkpoints are as they were.',
          code: 'checkpoint.removed',
          details: { removed_at: '2026-11-22T11:58:02.000Z' },
        },
        { status: 410 },
      ),
  ],
  ['GET', route('files'), (_, request) => listKept(asked(request))],
  ['GET', route('file'), (_, request) => sendKept(request)],
  ['GET', route('archive'), sendArchive],
  [
    'GET',
    route('changes'),
    (_, request) => {
      const against = asked(request).get('against') ?? 'branch'
      const isSame = against === 'saved'
      const files = isSame ? [] : listChanges(new URLSearchParams()).files
      const end = { commit: 'b'.repeat(40) }
      return {
        from: { what: against === 'start' ? 'start' : 'checkpoint', ...end },
        to: { what: whatOf(against), ...end },
        files,
        total: files.length,
      }
    },
  ],
  ['GET', route('diff'), (_, request) => new Response(toDiff(asked(request)))],
  [
    'GET',
    route('agents/([^/]+)/conversation'),
    ([, , agent = ''], request) => sendLines(talks[agent] ?? new Uint8Array(), request, true),
  ],
]
