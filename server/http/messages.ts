import { Hono } from 'hono'
import * as v from 'valibot'
import { MessageList, MessageSent } from '#contract/answers.ts'
import { MessageKind, messageKinds, PostMessage } from '#contract/event.ts'
import type { MessageFilter, Tasks } from '#tasks/tasks.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { commaList, json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024

const position = v.optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const teamName = v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)))
const ListQuery = v.object({
  after_id: position,
  before_id: position,
  kind: v.optional(commaList(MessageKind)),
  /** A name in the team. */
  with: teamName,
  /** A second name: only what was said between the two. Says nothing without `with`. */
  and: teamName,
  search: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200))),
  limit: v.optional(wholeNumber({ min: 1, max: 1000 }), '200'),
})

function toFilter(asked: v.InferOutput<typeof ListQuery>): MessageFilter {
  const { after_id, before_id, kind = [], with: name, and: other, search, limit } = asked
  return {
    limit,
    ...(after_id !== undefined && { afterId: after_id }),
    ...(before_id !== undefined && { beforeId: before_id }),
    ...(kind.length > 0 && { types: kind.flatMap((each) => messageKinds[each]) }),
    ...(name !== undefined && { name }),
    ...(other !== undefined && { other }),
    ...(search && { search }),
  }
}

export const messageRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .get(
      '/:id/messages',
      answers(
        'Messages of the team, oldest first: those after after_id, else the newest, or those just before before_id. Of some kinds, said by or to one name, between two, or with words in them.',
        MessageList,
      ),
      cached(),
      query(ListQuery),
      (c) => {
        return c.json({
          messages: tasks.messages(c.req.param('id'), toFilter(c.req.valid('query'))),
        })
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
