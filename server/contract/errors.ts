/**
 * Every failure a client can be told about. A code is stable and means one thing; its HTTP status is
 * decided in one table, `http/errors.ts`.
 */
export const errorCodes = [
  'request.invalid',
  'request.too-large',
  'request.unsupported-type',
  'request.timeout',
  'auth.required',
  'auth.refused',
  'auth.forbidden',
  'route.not-found',
  'route.method-not-allowed',
  'task.not-found',
  'task.wrong-state',
  'task.busy',
  'plan.not-found',
  'plan.invalid',
  'plan.stale',
  'subtask.not-found',
  'subtask.wrong-state',
  'question.not-found',
  'question.answered',
  'follow-up.not-found',
  'follow-up.over',
  'agent.not-found',
  'agent.not-running',
  'agent.frozen',
  'permission.not-found',
  'permission.answered',
  'permission.withdrawn',
  'message.refused',
  'comment.not-found',
  'comment.wrong-state',
  'file.not-found',
  'file.forbidden',
  'file.too-large',
  'file.not-text',
  'file.changed',
  'setup.not-found',
  'setup.wrong-state',
  'setup.in-use',
  'checkpoint.not-found',
  'checkpoint.not-ready',
  'checkpoint.removed',
  'template.not-found',
  'template.name-taken',
  'credential.not-found',
  'credential.name-taken',
  'webhook.not-found',
  'token.not-found',
  'token.wrong-state',
  'session.not-found',
  'source.invalid',
  'source.unreachable',
  'git.failed',
  'forge.failed',
  'delivery.refused',
  'engine.unreachable',
  'engine.failed',
  'image.failed',
  'credentials.missing',
  'credentials.refused',
  'config.invalid',
  'config.fixed',
  'disk.full',
  'disk.failing',
  'server.stopping',
  'data.refused',
  'backup.invalid',
  'rate.limited',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/**
 * A failure the caller cannot fix by itself. `message` is one sentence a person can act on;
 * `details` are machine-readable extras that go to the client beside it (never secrets).
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown>

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? {}
  }
}

const noRoomCodes = new Set(['ENOSPC', 'EDQUOT', 'disk.full'])
const failingCodes = new Set(['EIO', 'EROFS', 'disk.failing'])

/** Whether it, or what caused it, is a disk that takes nothing now, full or failing: the same will work once it does again. */
export const isNoRoom = (error: unknown): boolean => hasCode(error, noRoomCodes) || isFailing(error)

/** Whether the disk itself refuses, or was made read-only because it does. */
export const isFailing = (error: unknown): boolean => hasCode(error, failingCodes)

function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  if (!(error instanceof Error)) return false
  const isOne = 'code' in error && typeof error.code === 'string' && codes.has(error.code)
  return isOne || hasCode(error.cause, codes)
}

/** The sentence of any thrown value, without its stack. */
export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
