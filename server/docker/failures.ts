import { AppError } from '#contract/errors.ts'

/** Why the engine refused, in `details.reason` of `engine.failed`. */
export type Refusal =
  | 'not-found'
  | 'no-image'
  | 'name-taken'
  | 'not-running'
  | 'in-use'
  | 'read-only'
  | 'conflict'
  | 'build-failed'
  | 'too-much-output'
  | 'other'

/** The engine is away: everything a broken or missing connection shows up as, in Bun and in Node. */
const awayCodes = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ConnectionRefused',
  'FailedToOpenSocket',
])

export function unreachable(label: string, cause?: unknown): AppError {
  const code = codeOf(cause)
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError(
      'engine.unreachable',
      `This user may not use the Docker engine at ${label}: add it to the "docker" group and log in again, or set docker.host to an engine it may use`,
      { cause, details: { endpoint: label, reason: 'permission' } },
    )
  }
  return new AppError(
    'engine.unreachable',
    `No Docker engine answers at ${label}${code ? ` (${code})` : ''}: start it, set docker.host or DOCKER_HOST to a running one, or run "klaudio doctor --fix"`,
    { cause, details: { endpoint: label, reason: code ?? 'no-answer' } },
  )
}

/** Whatever a call rejected with, as an `AppError`; aborts pass as they are. */
export function toEngineError(error: unknown, label: string): unknown {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'AbortError') return error
  const code = codeOf(error)
  const isAway =
    code !== undefined && (awayCodes.has(code) || code === 'EACCES' || code === 'EPERM')
  const isCut =
    error instanceof Error && /aborted|socket hang up|socket.*closed/i.test(error.message)
  if (isAway || isCut) return unreachable(label, error)
  return new AppError(
    'engine.failed',
    `The Docker engine at ${label} could not be used: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error, details: { reason: 'other' satisfies Refusal } },
  )
}

/** An HTTP answer that says no. `message` is the engine's own sentence. */
export function refusal(what: string, status: number, message: string): AppError {
  return new AppError('engine.failed', `The Docker engine refused to ${what}: ${message}`, {
    details: { status, reason: reasonOf(status, message) },
  })
}

const phrases: [RegExp, Refusal][] = [
  [/no such image/i, 'no-image'],
  [/name .* is already in use/i, 'name-taken'],
  [/is not running|is paused|not started/i, 'not-running'],
  [/volume is in use|being used by/i, 'in-use'],
  [/read-only/i, 'read-only'],
]

function reasonOf(status: number, message: string): Refusal {
  const known = phrases.find(([pattern]) => pattern.test(message))
  if (known) return known[1]
  if (status === 404) return 'not-found'
  return status === 409 ? 'conflict' : 'other'
}

/** True for an `engine.failed` with one of these reasons. */
export function isRefusal(error: unknown, ...reasons: Refusal[]): boolean {
  return (
    error instanceof AppError &&
    error.code === 'engine.failed' &&
    reasons.some((reason) => reason === error.details.reason)
  )
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
