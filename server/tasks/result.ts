/** Whether the merged work of a run has been tested, and what comes of it. Part of `decide`, so pure. */
import type { ResultCheck } from '#contract/result-check.ts'
import { isSatisfied } from './dag.ts'
import type { Change, Step } from './step.ts'
import type { View } from './view.ts'

/** Of what is merged now; undefined when that has not been looked at. */
export function checkOfHead({ task }: Pick<View, 'task'>): ResultCheck | undefined {
  const { resultCheck: check, headCommit } = task
  return check && check.commit === headCommit ? check : undefined
}

/** There is merged work, all of it, and its tests are wanted. */
function hasResult({ task, subtasks }: Pick<View, 'task' | 'subtasks'>): boolean {
  const { testCommand, headCommit, baseCommit } = task
  if (testCommand === '' || headCommit === null || headCommit === baseCommit) return false
  return subtasks.length > 0 && subtasks.every(isSatisfied)
}

/** What an end of the run calls for before it counts; undefined when its result stands. */
export function beforeEnd(view: View): { changes: Change[]; steps: Step[] } | undefined {
  if (!hasResult(view)) return undefined
  const check = checkOfHead(view)
  if (check === undefined || check.state === 'running')
    return { changes: [], steps: [{ kind: 'check' }] }
  if (check.state !== 'failed' || check.decision === 'accepted') return undefined
  if (check.question_id === undefined) return { changes: [{ kind: 'result-failed' }], steps: [] }
  return view.isResultDecided
    ? { changes: [{ kind: 'decide-result' }], steps: [] }
    : { changes: [], steps: [] }
}

/** The tests run, or what they said waits for a person. */
export function isInTest(view: View): boolean {
  const hasApproval = view.lead === undefined || view.task.approvedAt !== null
  return hasApproval && hasResult(view) && beforeEnd(view) !== undefined
}
