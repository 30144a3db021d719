/** What agents of the made-up tasks ask to be allowed. */
import type { Permission } from '#contract/permission.ts'

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()

const common = { task_id: 'rate-limits', status: 'pending', delivered: false } as const

export const permissions: Permission[] = [
  {
    ...common,
    id: 'permission-1',
    agent_id: 'agent-middleware',
    subtask_id: 'middleware',
    tool: 'Bash',
    input: {
      command:
        'psql "$STAGING_URL" -v ON_ERROR_STOP=1 -c "SELECT key, count(*) FROM requests WHERE at > now() - interval \'1 day\' GROUP BY key ORDER BY 2 DESC LIMIT 20" | tee /tmp/keys.txt && pnpm run limits:simulate -- --keys /tmp/keys.txt',
      description: 'See which keys would be limited',
      timeout: 600000,
    },
    description: 'See which keys would be limited',
    reason: 'This command requires approval',
    rules: ['Bash(psql *)', 'Bash(pnpm run limits:simulate *)'],
    asked_at: ago(3),
  },
  {
    ...common,
    id: 'permission-2',
    agent_id: 'agent-redis-store',
    subtask_id: 'redis-store',
    tool: 'Edit',
    input: {
      file_path: '/workspace/src/limits/store.ts',
      old_string: 'this.sha = redis.script("LOAD", lua)',
      new_string: 'redis.defineCommand("take", { numberOfKeys: 1, lua })\nthis.take = redis.take',
      replace_all: false,
    },
    rules: ['Edit(./**)'],
    asked_at: ago(1),
  },
  {
    ...common,
    id: 'permission-3',
    agent_id: 'agent-redis-store',
    subtask_id: 'redis-store',
    tool: 'WebFetch',
    input: {
      url: 'https://redis.io/docs/latest/commands/evalsha/',
      prompt: 'What does NOSCRIPT mean?',
    },
    rules: ['WebFetch(domain:redis.io)'],
    asked_at: ago(1),
  },
]

export const pendingOf = (taskId: string): Permission[] =>
  permissions.filter((each) => each.task_id === taskId && each.status === 'pending')

/** As the server answers. */
export function answerPermission(
  id: string,
  { decision, scope, message }: PermissionAnswer,
): unknown {
  const found = permissions.find((each) => each.id === id)
  if (found?.status !== 'pending')
    return Response.json(
      { error: `This was ${found?.status} before.`, code: 'permission.answered' },
      { status: 409 },
    )
  found.status = decision === 'allow' ? 'allowed' : 'denied'
  if (decision === 'allow') found.scope = scope ?? 'once'
  else if (message) found.message = message
  found.answered_at = new Date().toISOString()
  return found
}
export type PermissionAnswer = {
  decision: 'allow' | 'deny'
  scope?: 'once' | 'task'
  message?: string
}
