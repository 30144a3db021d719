import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { EventList, EventType } from '#contract/event.ts'
import { cursorOf } from './cursor.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { commaList, cursor, query, wholeNumber } from './validate.ts'

const entries = {
  /** Position of the last event the client has. */
  after: v.optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  limit: v.optional(wholeNumber({ min: 1, max: 1000 }), '500'),
  /** With `desc`: only events before this position. */
  before: v.optional(wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  /** `asc`: from the first on; `desc`: from the newest back. */
  order: v.optional(v.picklist(['asc', 'desc']), 'asc'),
  cursor,
  /** One type, or several separated by commas. */
  type: v.optional(commaList(EventType), ''),
}
const EventsQuery = v.object(entries)
const TaskEventsQuery = v.object({
  ...entries,
  agent_id: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))),
})
type EventsQuery = v.InferOutput<typeof EventsQuery>

const listCursor = cursorOf(
  'events',
  v.strictObject({
    order: v.picklist(['asc', 'desc']),
    at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
)

/** Events of one task, below `/api/tasks`; `after` and `last` are its sequence numbers. */
export const taskEventRoutes = ({ tasks, events }: Pick<Services, 'tasks' | 'events'>) =>
  new Hono<Env>().get(
    '/:id/events',
    answers('Events of a task: everything that happened, in order.', EventList),
    cached(),
    query(TaskEventsQuery),
    (c) => {
      const { agent_id, ...asked } = c.req.valid('query')
      const { id: taskId } = tasks.get(c.req.param('id'))
      const filter = { taskId, ...(agent_id === undefined ? {} : { agentId: agent_id }) }
      return c.json(readPage(events, asked, { filter, by: 'seq' }))
    },
  )

/** Events of every task; `after` and `last` are instance-wide ids. */
export const eventRoutes = ({ events }: Pick<Services, 'events'>) =>
  new Hono<Env>().get(
    '/',
    answers('Events of every task.', EventList),
    cached(),
    query(EventsQuery),
    (c) => c.json(readPage(events, c.req.valid('query'), { filter: {}, by: 'id' })),
  )

type Target = { filter: { taskId?: string; agentId?: string }; by: 'seq' | 'id' }

/** `last` is what to ask for next; `more` says whether there is something already. */
function readPage(events: Services['events'], query: EventsQuery, target: Target): EventList {
  const { limit, type, order } = query
  const at = toPosition(query)
  const found = events.list({
    ...target.filter,
    ...(type.length > 0 ? { types: type } : {}),
    ...(order === 'asc' ? { after: at } : { before: at }),
    limit: limit + 1,
  })
  const page = found.slice(0, limit)
  const last = page.at(-1)?.[target.by] ?? (order === 'asc' ? at : 0)
  const isMore = found.length > page.length
  return {
    events: page,
    last,
    more: isMore,
    next_cursor: isMore ? listCursor.encode({ order, at: last }) : null,
  }
}

function toPosition({ after, before, order, cursor }: EventsQuery): number {
  if (before !== undefined && (order === 'asc' || cursor !== undefined))
    throw new AppError('request.invalid', 'before goes with order=desc, and not with cursor.')
  if (before !== undefined) return before
  if (cursor === undefined && order === 'asc') return after ?? 0
  if (after !== undefined)
    throw new AppError('request.invalid', 'after goes neither with cursor nor with order=desc.')
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const from = listCursor.decode(cursor)
  if (from.order !== order) throw listCursor.refusal()
  return from.at
}
