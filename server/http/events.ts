import { Hono } from 'hono'
import * as v from 'valibot'
import type { TaskEvent } from '#contract/event.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { query, wholeNumber } from './validate.ts'

const EventsQuery = v.object({
  after: v.optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }), '0'),
  limit: v.optional(wholeNumber({ min: 1, max: 1000 }), '500'),
})

/** Events of one task, below `/api/tasks`; `after` and `last` are its sequence numbers. */
export const taskEventRoutes = ({ tasks, events }: Pick<Services, 'tasks' | 'events'>) =>
  new Hono<Env>().get('/:id/events', query(EventsQuery), (c) => {
    const { after, limit } = c.req.valid('query')
    const { id: taskId } = tasks.get(c.req.param('id'))
    return c.json(
      toPage(events.list({ taskId, after, limit: limit + 1 }), { after, limit, by: 'seq' }),
    )
  })

/** Events of every task; `after` and `last` are instance-wide ids. */
export const eventRoutes = ({ events }: Pick<Services, 'events'>) =>
  new Hono<Env>().get('/', query(EventsQuery), (c) => {
    const { after, limit } = c.req.valid('query')
    return c.json(toPage(events.list({ after, limit: limit + 1 }), { after, limit, by: 'id' }))
  })

/** `last` is what to ask for next; `more` says whether there is something already. */
function toPage(
  found: TaskEvent[],
  { after, limit, by }: { after: number; limit: number; by: 'seq' | 'id' },
) {
  const events = found.slice(0, limit)
  return { events, last: events.at(-1)?.[by] ?? after, more: found.length > limit }
}
