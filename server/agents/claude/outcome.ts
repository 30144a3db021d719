/** How a turn ended, in the words of `TurnOutcome`: the one place that knows the CLI's error vocabulary. */
import type { TurnFailure, TurnOutcome } from '#agents/agents.ts'
import type { CliEvent, RateLimit, ResultEvent } from './event.ts'

export type ApiErrorEvent = Extract<CliEvent, { type: 'api_error' }>

/** What was said before the result and belongs to it. */
export type FailureContext = {
  apiError?: ApiErrorEvent
  rateLimit?: RateLimit
}

type Failed = Extract<TurnOutcome, { kind: 'failed' }>

export function toOutcome(result: ResultEvent, context: FailureContext = {}): TurnOutcome {
  if (result.terminalReason?.startsWith('aborted_')) return { kind: 'interrupted' }
  if (result.subtype === 'success' && !result.isError)
    return {
      kind: 'completed',
      text: result.text,
      ...(result.structured && { structured: result.structured.value }),
    }
  return limitFailure(result) ?? apiFailure(result, context)
}

/** Error subtypes that name their cause. */
const limits: Record<string, { code: TurnFailure; retryable: boolean; sentence: string }> = {
  error_max_turns: {
    code: 'max-turns',
    retryable: false,
    sentence: 'The agent used up its allowed model turns before it was done',
  },
  error_max_budget_usd: {
    code: 'budget',
    retryable: false,
    sentence: 'The agent reached its cost limit before it was done',
  },
  error_max_structured_output_retries: {
    code: 'structured-output',
    retryable: true,
    sentence: 'The model did not answer in the required structure',
  },
}

function limitFailure(result: ResultEvent): Failed | undefined {
  const detail = result.errors.join(' ').trim()
  const limit = Object.hasOwn(limits, result.subtype) ? limits[result.subtype] : undefined
  if (limit)
    return failed(limit.code, sentence(limit.sentence, detail), { retryable: limit.retryable })
  if (result.subtype === 'success') return undefined
  // A start that failed, for example a session that does not exist: no model was asked.
  return failed('cli-exited', sentence('The CLI could not run the turn', detail), {
    retryable: true,
  })
}

function apiFailure(result: ResultEvent, { apiError, rateLimit }: FailureContext): Failed {
  // Its first paragraph says what; the rest is links and ids.
  const [text = ''] = (result.text || apiError?.text || '').replace(/^API Error: /, '').split('\n')
  const status = result.apiErrorStatus ?? apiError?.status
  const kind = result.apiError ?? apiError?.apiError
  if (kind === 'usage_limit_reached') {
    const retryAtMs =
      apiError?.resetsAtMs ?? (rateLimit?.status === 'rejected' ? rateLimit.resetsAtMs : undefined)
    return failed('usage-limit', sentence('The Claude usage limit is reached', text), {
      retryable: true,
      ...(retryAtMs !== undefined && { retryAtMs }),
    })
  }
  if (isRefusedAccount(status, apiError?.error))
    return failed('credentials', sentence('The API refused the credentials', text), {
      retryable: false,
    })
  if (status === 404 || apiError?.error === 'model_not_found')
    return failed('model-not-found', sentence('The model does not exist or is not allowed', text), {
      retryable: false,
    })
  if (status === 429)
    return failed('rate-limit', sentence('The API limits the request rate', text), {
      retryable: true,
    })
  return failed('api-error', sentence('The API call failed', text), {
    retryable: isTransient(result, status),
  })
}

function isRefusedAccount(status: number | undefined, error: string | undefined): boolean {
  return (
    status === 401 ||
    status === 403 ||
    error === 'authentication_failed' ||
    error === 'billing_error'
  )
}

/** Server trouble and broken connections pass; a request the API calls wrong, or the model refuses, stays so. */
function isTransient(result: ResultEvent, status: number | undefined): boolean {
  if (result.terminalReason !== undefined && result.terminalReason !== 'api_error') return false
  if (result.stopReason === 'refusal') return false
  return status === undefined || status >= 500 || status === 408
}

/**
 * The outcome of a turn whose CLI ended without a result. `stderr` is the end of what it wrote there; a bad
 * flag or a session id in use appears only there.
 */
export function toExitOutcome(exit: {
  exitCode: number
  oomKilled: boolean
  stderr: string
}): TurnOutcome {
  if (exit.oomKilled)
    return failed('out-of-memory', 'The container ran out of memory and its CLI was killed.', {
      retryable: true,
    })
  const said = exit.stderr.trim().split('\n').at(-1)?.trim().slice(0, 500) ?? ''
  const what = `The CLI ended with exit code ${exit.exitCode} in the middle of its turn`
  return failed('cli-exited', sentence(what, said), { retryable: true })
}

function failed(
  code: TurnFailure,
  reason: string,
  retry: { retryable: boolean; retryAtMs?: number },
): Failed {
  return { kind: 'failed', reason, code, ...retry }
}

function sentence(what: string, detail: string): string {
  if (detail === '') return `${what}.`
  return /[.!?]$/.test(detail) ? `${what}: ${detail}` : `${what}: ${detail}.`
}
