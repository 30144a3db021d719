import { Hono } from 'hono'
import * as v from 'valibot'
import { MessageList, MessageSent } from '#contract/answers.ts'
import { PostMessage } from '#contract/event.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024

const ListQuery = v.object({
  after_id: v.optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  limit: v.optional(wholeNumber({ min: 1, max: 1000 }), '200'),
})

export const messageRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .get(
      '/:id/messages',
      answers(
        'Messages of the team: those after after_id, else the newest, oldest first.',
        MessageList,
      ),
      cached(),
      query(ListQuery),
      (c) => {
        const { after_id, limit } = c.req.valid('query')
        const filter = { limit, ...(after_id === undefined ? {} : { afterId: after_id }) }
        return c.json({ messages: tasks.messages(c.req.param('id'), filter) })
      },
    )
    .post(
      '/:id/messages',
      answers('Posts a message to the team.', MessageSent, {
        status: 201,
        errors: ['subtask.not-found'],
      }),
      json(PostMessage, { maxBytes: mebibyte }),
      (c) => {
        const input = c.req.valid('json')
        const message = tasks.postMessage(c.req.param('id'), input)
        return c.json(
          { id: message.id, status: 'sent' as const, from: input.from, content: message.content },
          201,
        )
      },
    )
