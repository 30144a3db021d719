/** One step with its retries: what passes is waited out, what lasts is written down. */
import type { Removed } from '#contract/ending.ts'
import { AppError, isNoRoom, toMessage } from '#contract/errors.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { giveUp, perform } from './perform.ts'
import { type Step, stepKey } from './step.ts'

/** `dropped`: it was not wanted any more. */
export type StepEnd =
  /** `removed`: of an erasing. */
  { kind: 'done'; removed?: Removed } | { kind: 'dropped' } | { kind: 'abandoned'; error: unknown }

export async function attemptStep(
  deps: RunnerDeps,
  context: StepContext,
  step: Step,
): Promise<StepEnd> {
  if (isWithoutEngine(step)) return await tryStep(deps, context, step)
  const key = `engine for ${stepKey(step)}`
  let isSaid = false
  const stop = deps.engine.subscribe((sentence) => {
    isSaid = sentence !== undefined
    context.setWaiting(key, sentence)
  })
  try {
    return await tryStep(deps, context, step)
  } finally {
    stop()
    if (isSaid) context.setWaiting(key, undefined)
  }
}

const isWithoutEngine = ({ kind }: Step): boolean =>
  ['source', 'integrate', 'deliver', 'erase', 'hold', 'answer', 'steer'].includes(kind)

async function tryStep(deps: RunnerDeps, context: StepContext, step: Step): Promise<StepEnd> {
  for (let tries = 1; ; tries++) {
    // It may have waited for its turn longer than it was wanted.
    if (context.signal.aborted) return { kind: 'dropped' }
    let removed: Removed | undefined
    const error = await failureOf(async () => {
      removed = await perform(deps, context, step)
    })
    if (error === undefined) return { kind: 'done', ...(removed && { removed }) }
    if (context.signal.aborted || error instanceof Superseded) return { kind: 'dropped' }
    const facts = { task: context.taskId, step: stepKey(step), tries, error: toMessage(error) }
    deps.log.warn('step failed', facts)
    const pauseMs = retryPause(error, tries)
    if (pauseMs === undefined) {
      giveUp(deps, context.taskId, step, error)
      return { kind: 'abandoned', error }
    }
    await waitOut(deps, context, { key: stepKey(step), pauseMs, error })
    if (context.signal.aborted) return { kind: 'dropped' }
  }
}

/** What it threw, never undefined for a failure. */
async function failureOf(work: () => Promise<void>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error ?? new Error('failed without a reason')
  }
}

async function waitOut(
  { clock }: RunnerDeps,
  { signal, setWaiting }: StepContext,
  { key, pauseMs, error }: { key: string; pauseMs: number; error: unknown },
): Promise<void> {
  const isAway =
    (error instanceof AppError && error.code === 'engine.unreachable') || isNoRoom(error)
  if (isAway) setWaiting(key, toMessage(error))
  // An abort ends the wait early; the caller looks at the signal.
  await clock.sleep(pauseMs, signal).catch(() => {})
  if (isAway) setWaiting(key, undefined)
}

/** Codes that mean the same on every try. */
const lasting = new Set<string>([
  'source.invalid',
  'delivery.refused',
  'credentials.missing',
  'credentials.refused',
  'image.failed',
  'config.invalid',
  'task.wrong-state',
  'checkpoint.not-found',
])
const maxTries = 3
/** However long it takes: what is full for hours has room in the end, and nothing was lost meanwhile. */
const noRoomPauseMs = 2000

/** Milliseconds until the next try; undefined when there is none. */
function retryPause(error: unknown, tries: number): number | undefined {
  if (isNoRoom(error)) return noRoomPauseMs
  const code = error instanceof AppError ? error.code : 'internal'
  if (code === 'engine.unreachable') return Math.min(60_000, 1000 * 2 ** Math.min(tries, 6))
  if (lasting.has(code) || tries >= maxTries) return undefined
  return 1000 * 4 ** (tries - 1)
}
