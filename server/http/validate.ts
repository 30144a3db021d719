/** Requests become typed values here, or are refused with every problem named. */
import { toJsonSchema } from '@valibot/to-json-schema'
import type { MiddlewareHandler } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { readBytes } from './body.ts'
import { note, spelled } from './documented.ts'
import type { Env } from './env.ts'

const kibibyte = 1024
const defaultBodyBytes = 256 * kibibyte

type Validated<Target extends 'json' | 'query', Schema extends v.GenericSchema> = MiddlewareHandler<
  Env,
  string,
  {
    in: Record<Target, v.InferInput<Schema>>
    out: Record<Target, v.InferOutput<Schema>>
  }
>

/**
 * The JSON body as `schema` says. An empty one counts as `{}` when `optional`. Refuses any other content type, which also
 * keeps foreign web pages out: they cannot send JSON without asking first.
 */
export function json<Schema extends v.GenericSchema>(
  schema: Schema,
  options: { optional?: boolean; maxBytes?: number } = {},
): Validated<'json', Schema> {
  const { optional = false, maxBytes = defaultBodyBytes } = options
  const check: Validated<'json', Schema> = async (c, next) => {
    const bytes = await readBytes(c.req.raw, maxBytes)
    const value =
      bytes.length === 0 && optional ? {} : parseJson(bytes, c.req.header('content-type') ?? '')
    c.req.addValidatedData('json', parse(schema, value) as object)
    await next()
  }
  return note(check, { type: 'json', schema, isOptional: optional })
}

/** The query's parameters as `schema` says; the first of a repeated one counts, unknown ones are ignored. */
export function query<Schema extends v.GenericSchema>(schema: Schema): Validated<'query', Schema> {
  const check: Validated<'query', Schema> = async (c, next) => {
    c.req.addValidatedData('query', parse(schema, c.req.query()) as object)
    await next()
  }
  return note(check, { type: 'query', schema })
}

/** A whole number in a query. */
export function wholeNumber({ min, max }: { min: number; max: number }) {
  return v.pipe(
    spelled(v.string(), { type: 'integer', minimum: min, maximum: max }),
    // A check, not a pattern: the description has the number, not its spelling.
    v.check((text) => /^\d{1,15}$/.test(text), `must be a whole number from ${min} to ${max}.`),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  )
}

/** `a,b,c` as a list of what `item` allows; empty parts are passed over. */
export function commaList<Item extends v.GenericSchema<string>>(item: Item) {
  const { $schema: _, ...items } = toJsonSchema(item, { errorMode: 'ignore' })
  return v.pipe(
    spelled(v.string(), { type: 'array', items }),
    v.maxLength(2000),
    v.transform((text) => text.split(',').filter((each) => each !== '')),
    v.array(item),
  )
}

/** A switch in a query. */
export const flag = v.pipe(
  spelled(v.picklist(['true', 'false', '1', '0']), { type: 'boolean' }),
  v.transform((text) => text === 'true' || text === '1'),
)

/** Where a list goes on, as it said itself. */
export const cursor = v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(500)))

/** The value as `schema` says; throws `request.invalid` with all problems in `details.problems`. */
export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true })
  if (result.success) return result.output
  const problems = result.issues.map(toProblem)
  throw new AppError('request.invalid', problems.map(({ message }) => message).join(' '), {
    details: { problems },
  })
}

function parseJson(bytes: Uint8Array, contentType: string): unknown {
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/([\w.-]+\+)?json$/.test(mediaType))
    throw new AppError(
      'request.unsupported-type',
      'Send the body as JSON, with "Content-Type: application/json".',
    )
  if (bytes.length === 0) throw new AppError('request.invalid', 'The request needs a JSON body.')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError('request.invalid', 'The body is not valid JSON.', { cause })
  }
}

type Problem = { path: string; message: string }

function toProblem(issue: v.BaseIssue<unknown>): Problem {
  const path = v.getDotPath(issue) ?? ''
  return { path, message: toSentence(path || 'The request', issue) }
}

/** Our own messages are used as they are; valibot's are put into words of ours. */
function toSentence(name: string, issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return `${name} is required.`
  if (!issue.message.startsWith('Invalid '))
    return issue.message.startsWith('must ') ? `${name} ${issue.message}` : issue.message
  if (issue.type === 'strict_object') return `${name} is not known here.`
  if (issue.type === 'max_length')
    return `${name} may have at most ${issue.requirement} characters or items.`
  if (issue.type === 'min_length') return `${name} must have at least ${issue.requirement}.`
  if (issue.type === 'max_value') return `${name} may be at most ${issue.requirement}.`
  if (issue.type === 'min_value') return `${name} must be at least ${issue.requirement}.`
  if (issue.type === 'integer') return `${name} must be a whole number.`
  if (issue.type === 'non_empty') return `${name} must not be empty.`
  if (issue.kind === 'schema' && issue.expected)
    return `${name} must be ${toWords(issue.expected)}.`
  return `${name} is not valid.`
}

function toWords(expected: string): string {
  const plain = expected.replace(/[()]/g, '').replaceAll(' | ', ' or ')
  const words: Record<string, string> = {
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    Array: 'a list',
    Object: 'an object',
  }
  return words[plain] ?? plain
}
