import { Hono } from 'hono'
import * as v from 'valibot'
import { AnsweredList, answeredSources } from '#contract/answered.ts'
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

const AnsweredQuery = v.object({
  ...ListQuery.entries,
  task_id: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))),
})
const answeredCursor = cursorOf(
  'answered',
  v.strictObject({
    at: number,
    source: v.picklist(answeredSources),
    id: v.pipe(v.string(), v.maxLength(200)),
  }),
)

export const attentionRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .get(
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
    .get(
      '/answered',
      answers(
        'Questions and permissions that were answered or taken back, over all tasks or of one, newest first.',
        AnsweredList,
      ),
      cached(),
      query(AnsweredQuery),
      (c) => {
        const { limit, cursor, task_id: taskId } = c.req.valid('query')
        const { items, next } = tasks.answered({
          limit,
          ...(cursor === undefined ? {} : { before: answeredCursor.decode(cursor) }),
          ...(taskId === undefined ? {} : { taskId }),
        })
        return c.json({
          items,
          next_cursor: next === undefined ? null : answeredCursor.encode(next),
        } satisfies AnsweredList)
      },
    )
