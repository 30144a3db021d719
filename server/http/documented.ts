/** What routes say about themselves, from which the API's description is made: nothing is written down a second time. */
import type { MiddlewareHandler } from 'hono'
import { etag } from 'hono/etag'
import type * as v from 'valibot'
import type { ErrorCode } from '#contract/errors.ts'
import type { Env } from './env.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** JSON in this form, or bytes of a media type. */
export type Content = v.GenericSchema | { media: string }

export type AnswerOptions = {
  /** 200 when absent. */
  status?: 200 | 201 | 202
  /** Headers that say something of their own, with what they say. */
  headers?: Readonly<Record<string, string>>
  /** Refusals beyond those that follow from the path, the query and the body. */
  errors?: readonly ErrorCode[]
  /** Statuses of their own, such as that of a part of a file. */
  also?: Readonly<Record<number, string>>
  /** A body that is not JSON. */
  body?: { media: string; schema: JsonSchema }
}

export type Documentation =
  | { type: 'answers'; summary: string; content: Content; options: AnswerOptions }
  | { type: 'json'; schema: v.GenericSchema; isOptional: boolean }
  | { type: 'query'; schema: v.GenericSchema }
  | { type: 'cached' }

const notes = new WeakMap<object, Documentation>()
const spellings = new WeakMap<object, JsonSchema>()

/** Ties what a handler does to what is said about it. */
export function note<Handler extends object>(handler: Handler, said: Documentation): Handler {
  notes.set(handler, said)
  return handler
}

export const noteOf = (handler: object): Documentation | undefined => notes.get(handler)

/** Names a route and what it answers when all is well. Passes every request on. */
export function answers(
  summary: string,
  content: Content,
  options: AnswerOptions = {},
): MiddlewareHandler<Env> {
  const pass: MiddlewareHandler<Env> = (_c, next) => next()
  return note(pass, { type: 'answers', summary, content, options })
}

/** An ETag of the answer's content; a client that has it already gets 304 and no body. */
export const cached = (): MiddlewareHandler => note(etag({ weak: true }), { type: 'cached' })

/**
 * How a value that arrives as text is to be read, such as a number in a query. `text` must be a schema of its own, not a
 * shared one.
 */
export function spelled<Text extends v.GenericSchema>(text: Text, as: JsonSchema): Text {
  spellings.set(text, as)
  return text
}

export const spellingOf = (schema: object): JsonSchema | undefined => spellings.get(schema)
