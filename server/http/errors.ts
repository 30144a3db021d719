import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppError, type ErrorCode, isFailing, isNoRoom } from '#contract/errors.ts'
import type { Log } from '#lib/log.ts'
import type { Env } from './env.ts'
import { dataHeaders } from './security.ts'

/** The one place where a failure gets its HTTP status. */
export const statusOf = {
  'request.invalid': 400,
  'request.too-large': 413,
  'request.unsupported-type': 415,
  'request.timeout': 408,
  'auth.required': 401,
  'auth.refused': 401,
  'auth.forbidden': 403,
  'route.not-found': 404,
  'route.method-not-allowed': 405,
  'task.not-found': 404,
  'task.wrong-state': 409,
  'task.busy': 409,
  'plan.not-found': 404,
  'plan.invalid': 422,
  'plan.stale': 409,
  'subtask.not-found': 404,
  'subtask.wrong-state': 409,
  'question.not-found': 404,
  'question.answered': 409,
  'follow-up.not-found': 404,
  'follow-up.over': 409,
  'agent.not-found': 404,
  'agent.not-running': 409,
  'agent.frozen': 409,
  'permission.not-found': 404,
  'permission.answered': 409,
  'permission.withdrawn': 409,
  'message.refused': 409,
  'comment.not-found': 404,
  'comment.wrong-state': 409,
  'file.not-found': 404,
  'file.forbidden': 403,
  'file.too-large': 413,
  'file.not-text': 422,
  'file.changed': 412,
  'setup.not-found': 404,
  'setup.wrong-state': 409,
  'setup.in-use': 409,
  'checkpoint.not-found': 404,
  'checkpoint.not-ready': 409,
  'checkpoint.removed': 410,
  'template.not-found': 404,
  'template.name-taken': 409,
  'credential.not-found': 404,
  'credential.name-taken': 409,
  'webhook.not-found': 404,
  'token.not-found': 404,
  'token.wrong-state': 409,
  'session.not-found': 404,
  'source.invalid': 422,
  'source.unreachable': 422,
  'git.failed': 500,
  'forge.failed': 502,
  'delivery.refused': 409,
  'engine.unreachable': 503,
  'engine.failed': 500,
  'image.failed': 500,
  'credentials.missing': 503,
  'credentials.refused': 503,
  'config.invalid': 422,
  'config.fixed': 409,
  'server.stopping': 503,
  'disk.full': 503,
  'disk.failing': 503,
  'data.refused': 503,
  'backup.invalid': 422,
  'rate.limited': 429,
  internal: 500,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>

/** The body of every answer that is not a success. */
export type ErrorBody = {
  error: string
  code: ErrorCode
  details?: Record<string, unknown>
  /** For an internal error: the request's id, to find it in the log. */
  id?: string
}

/**
 * Answers any thrown value. What was not meant for the client becomes "internal error" with the request's id; its stack
 * goes to the log and nowhere else.
 */
export function createOnError(log: Log) {
  return (error: Error, c: Context<Env>): Response => {
    const id = c.get('requestId')
    const known = toKnown(error)
    if (!known) {
      log.error('request failed', { request_id: id, error: error.stack ?? error.message })
      return c.json(
        { error: `Internal error ${id}.`, code: 'internal', id } satisfies ErrorBody,
        500,
      )
    }
    const status = statusOf[known.code]
    for (const [name, value] of errorHeaders(known)) c.header(name, value)
    if (status >= 500)
      log.error('request failed', { request_id: id, code: known.code, error: toTrace(known) })
    return c.json(toBody(known), status)
  }
}

/** What a client's library understands without reading the body. */
export function errorHeaders({ code, details }: AppError): [string, string][] {
  const wait = details.retry_after_seconds
  if (typeof wait === 'number') return [['Retry-After', String(wait)]]
  return statusOf[code] === 401 ? [['WWW-Authenticate', 'Bearer realm="klaudio"']] : []
}

/** The refusal of one too many; there will be room again soon. */
export const tooMany = (sentence: string): AppError =>
  new AppError('rate.limited', sentence, { details: { retry_after_seconds: 1 } })

/** The answer to a failure outside of any route. */
export const refuse = (error: AppError): Response =>
  Response.json(toBody(error), {
    status: statusOf[error.code],
    headers: [...dataHeaders, ...errorHeaders(error)],
  })

function toBody({ message, code, details }: AppError): ErrorBody {
  return { error: message, code, ...(Object.keys(details).length > 0 ? { details } : {}) }
}

const isBroken =
  'The disk could not be written, so this was not done. Look at the disk, then try again.'
const noRoom = 'The disk is full, so this was not done. Free some space and try again.'

/** Hono's own exceptions have a status and a sentence, but no code of ours. */
function toKnown(error: Error): AppError | undefined {
  if (error instanceof AppError) return error
  if (isFailing(error)) return new AppError('disk.failing', isBroken, { cause: error })
  if (isNoRoom(error)) return new AppError('disk.full', noRoom, { cause: error })
  if (error instanceof HTTPException && error.status < 500)
    return new AppError('request.invalid', error.message)
  return undefined
}

function toTrace(error: AppError): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${error.stack ?? error.message}${cause}`
}
