/** A talk of a team of four, long enough to be read back page by page. */
import { messageKinds, type TeamMessage } from '#contract/event.ts'

const team = ['redis-store', 'limit-policy', 'middleware', 'public-docs']
const now = Date.now()
const directive = `Write the store for the counters.

- Use \`defineCommand\`, never \`eval\`.
- Keys are \`limit:{tenant}:{window}\`, so that one tenant stays on one shard.
- Say in your report what the middleware has to call.`

function toMessage(index: number, count: number): TeamMessage {
  const name = team[index % team.length] ?? 'public-docs'
  const next = team[(index + 1) % team.length] ?? 'public-docs'
  const base = {
    id: index + 1,
    task_id: 'rate-limits',
    created_at: new Date(now - (count - index) * 41_000).toISOString(),
  }
  const isLate = index > count - 8
  const to = (...names: string[]) =>
    names.map((each, at) => ({
      to: each,
      state: isLate ? (['read', 'sent', 'waiting'] as const)[(at + index) % 3] : ('read' as const),
    })) as NonNullable<TeamMessage['deliveries']>
  const manager = { from_agent_id: 'agent-manager', from_subtask_id: 'manager' }
  const worker = { from_agent_id: `agent-${name}`, from_subtask_id: name }
  switch (index % 8) {
    case 0:
      return {
        ...{ ...base, ...manager, to_subtask_id: name, msg_type: 'directive' },
        ...{ content: directive, deliveries: to(name) },
      }
    case 1:
      return {
        ...{ ...base, ...worker, to_subtask_id: next, msg_type: 'message' },
        content: `Which header do you send when the limit is reached? I would take \`Retry-After\` in **seconds**. (${index})`,
        deliveries: to(next),
      }
    case 2:
      return {
        ...{ ...base, ...worker, msg_type: 'message' },
        content: '<b>Heads up</b> & thanks: the configuration moved to `src/limits/config.ts`.',
        deliveries: to('manager', ...team.filter((each) => each !== name)),
      }
    case 3:
      return {
        ...{ ...base, ...worker, msg_type: 'context' },
        content: `The policy is done: \`allow(tenant, cost)\` returns what is left. 14 tests.`,
      }
    case 4:
      return {
        ...{ ...base, from_subtask_id: 'orchestrator', to_subtask_id: 'manager' },
        ...{ msg_type: 'system', content: `[WORKER_COMPLETED] ${name}: The policy is done.` },
        deliveries: to('manager'),
      }
    case 5:
      return {
        ...{ ...base, from_subtask_id: 'user', msg_type: 'message' },
        content:
          'Please keep the public types as they are.\nThe next version breaks them on purpose.',
        deliveries: to('manager', ...team),
      }
    case 6:
      return {
        ...{ ...base, ...worker, to_subtask_id: 'manager', msg_type: 'message' },
        content: Array.from(
          { length: 24 },
          (_, at) => `${at + 1}. Step ${at + 1} of what I did.`,
        ).join('\n'),
        deliveries: to('manager'),
      }
    default:
      return {
        ...{ ...base, from_subtask_id: 'user', to_subtask_id: name, msg_type: 'message' },
        ...{ content: 'Good. Go on.', deliveries: to(name) },
      }
  }
}

const count = Number(process.env.MESSAGES ?? 400)
const messages = Array.from({ length: count }, (_, index) => toMessage(index, count))

/** As `GET /api/tasks/:id/messages` answers. */
export function listMessages(taskId: string, query: URLSearchParams): object {
  const number = (name: string): number | undefined =>
    query.has(name) ? Number(query.get(name)) : undefined
  const [after, before, limit = 200] = [number('after_id'), number('before_id'), number('limit')]
  const kinds = query.get('kind')?.split(',')
  const [name, other] = [query.get('with'), query.get('and')]
  const isSaid = (message: TeamMessage, from: string, to: string): boolean =>
    message.from_subtask_id === from &&
    (message.to_subtask_id === to || Boolean(message.deliveries?.some((each) => each.to === to)))
  const search = query.get('search')?.toLowerCase() ?? ''
  const found = messages.filter(
    (message) =>
      message.task_id === taskId &&
      message.id > (after ?? 0) &&
      message.id < (before ?? Number.POSITIVE_INFINITY) &&
      (!kinds ||
        kinds.some((kind) =>
          (messageKinds as Record<string, readonly string[]>)[kind]?.includes(message.msg_type),
        )) &&
      (!name || !other || isSaid(message, name, other) || isSaid(message, other, name)) &&
      (!name ||
        [message.from_subtask_id, message.to_subtask_id].includes(name) ||
        message.deliveries?.some(({ to }) => to === name)) &&
      message.content.toLowerCase().includes(search),
  )
  return { messages: after === undefined ? found.slice(-limit) : found.slice(0, limit) }
}

/** As `POST` answers: it is there, and waits. */
export function postMessage(
  taskId: string,
  { from, content, to }: { from: string; content: string; to?: string },
): object {
  const id = messages.length + 1
  const names = to === undefined ? team : [to]
  messages.push({
    ...{ id, task_id: taskId, from_subtask_id: from, msg_type: 'message', content },
    ...(to !== undefined && { to_subtask_id: to }),
    deliveries: names.map((each) => ({ to: each, state: 'waiting' })),
    created_at: new Date().toISOString(),
  })
  return { id, status: 'sent', from, content }
}
