/** How a run ended, in one honest sentence. Pure. */
import type { SubtaskRow } from '#db/subtasks.ts'
import { isSatisfied } from './dag.ts'

export type RunOutcome = { status: 'completed' } | { status: 'failed'; error: string }

/** Call when every subtask is settled. */
export function runOutcome(subtasks: readonly SubtaskRow[]): RunOutcome {
  const open = subtasks.filter((subtask) => !isSatisfied(subtask))
  if (open.length === 0) return { status: 'completed' }
  const failed = open.filter(({ status }) => status === 'failed')
  const skipped = open.filter(({ status }) => status === 'skipped')
  const sentences = [
    `${open.length} of ${subtasks.length} subtasks did not complete.`,
    ...failed.map(({ id, error }) => `"${id}" failed: ${ended(error ?? 'no reason was given')}`),
  ]
  if (skipped.length > 0)
    sentences.push(`Skipped because of that: ${skipped.map(({ id }) => `"${id}"`).join(', ')}.`)
  return { status: 'failed', error: sentences.join(' ') }
}

export const skipReason = (failedIds: readonly string[]): string =>
  `Skipped because ${failedIds.map((id) => `"${id}"`).join(' and ')} failed.`

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`)
