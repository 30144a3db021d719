/** What the tests say of the merged work, in words. */
import type { ResultCheck } from '#contract/result-check.ts'
import type { GlyphName } from './glyph-name.ts'

const glyphs = {
  ...{ running: 'run', none: 'skip', passed: 'done', failed: 'fail' },
  ...{ failed_before: 'unknown', not_run: 'skip' },
} as const satisfies Record<ResultCheck['state'], GlyphName>

export const resultGlyph = ({ state }: ResultCheck): GlyphName => glyphs[state]

/** Behind the command; `names` of subtasks, by id. */
export function describeResult(check: ResultCheck, names: ReadonlyMap<string, string>): string {
  switch (check.state) {
    case 'running':
      return 'The merged result is being tested.'
    case 'none':
      return 'Nothing names a command that would test the merged result.'
    case 'passed':
      return 'passed on the merged result.'
    case 'failed_before':
      return 'fails on the merged result, as it does on what the task began with.'
    case 'not_run':
      return 'could not be run on the merged result.'
    case 'failed':
      return `fails on the merged result with exit code ${check.exit_code}${whatComes(check, names)}`
  }
}

const decisions = {
  accepted: ', and you took it as it is.',
  stopped: ', and you stopped there.',
  'sent-back': ', and you sent it back.',
} as const

function whatComes(check: ResultCheck, names: ReadonlyMap<string, string>): string {
  if (check.question_id !== undefined) return '. You decide what becomes of it.'
  if (check.decision !== undefined) return decisions[check.decision]
  const to = check.sent_to
  if (to === undefined) return '.'
  return to === 'manager' ? '. The manager was told.' : `. It went back to ${names.get(to) ?? to}.`
}
