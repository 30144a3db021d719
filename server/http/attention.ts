import { Hono } from 'hono'
import * as v from 'valibot'
import { AttentionList, attentionSources } from '#contract/attention.ts'
import { cursorOf } from './cursor.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { cursor, query, wholeNumber } from './validate.ts'

const ListQuery = v.object({
  limit: v.optional(wholeNumber({ min: 1, max: 200 }), '50'),
  cursor,
})

const number = v.pipe(v.number(), v.safeInteger())
const listCursor = cursorOf(
  'attention',
  v.object({
    source: v.picklist(attentionSources),
    ...{ since: number, taskId: v.string(), part: number },
  }),
)

export const attentionRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>().get(
    '/',
    answers('What a person is awaited for, over all tasks.', AttentionList),
    cached(),
    query(ListQuery),
    (c) => {
      const { limit, cursor } = c.req.valid('query')
      const after = cursor === undefined ? {} : { after: listCursor.decode(cursor) }
      const { items, total, next } = tasks.attention({ limit, ...after })
      return c.json({
        ...{ items, total },
        next_cursor: next === undefined ? null : listCursor.encode(next),
      } satisfies AttentionList)
    },
  )
