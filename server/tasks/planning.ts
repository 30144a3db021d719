/** The verbs around a plan before and while it runs: questions, editing, approval. */

import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#contract/errors.ts'
import type { ApprovePlan, PlanDraft, UpdatePlan } from '#contract/plan.ts'
import { describeProblems, validatePlan } from '#contract/plan-validation.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import type { Tx } from '#db/open.ts'
import { findPlan, insertPlan, type PlanRow } from '#db/plans.ts'
import { answerQuestion, findQuestion, type QuestionRow, withdrawQuestions } from '#db/questions.ts'
import { listSubtasks, replaceSubtasks } from '#db/subtasks.ts'
import { type TaskRow, updateTask } from '#db/tasks.ts'
import { approvePlan } from './changes.ts'
import { act, type Desk } from './desk.ts'
import type { Change } from './records.ts'
import { hasStarted } from './states.ts'
import { readView } from './view.ts'

export function answer(
  desk: Desk,
  taskId: string,
  question: { id: string; answer: string },
): QuestionRow {
  return act(desk, taskId, 'answer', ({ tx, record, clock }) => {
    if (!findQuestion(tx, taskId, question.id))
      throw new AppError('question.not-found', `The task has no question ${question.id}.`)
    const row = answerQuestion(tx, { taskId, ...question, now: clock.now() })
    if (!row) throw new AppError('question.answered', 'This question was answered before.')
    const data = { question_id: row.id, round: row.round }
    record({ taskId, agentId: row.agentId, type: 'question.answered', data })
    return row
  })
}

export function skipQuestions(desk: Desk, taskId: string): void {
  act(desk, taskId, 'answer', ({ tx, record, clock }) => {
    for (const row of withdrawQuestions(tx, taskId, clock.now())) {
      const data = { question_id: row.id, round: row.round, skipped: true }
      record({ taskId, agentId: row.agentId, type: 'question.answered', data })
    }
  })
}

export function approve(desk: Desk, taskId: string, input: ApprovePlan): void {
  act(desk, taskId, 'approve', (open, task) => {
    const plan = getPlan(open.tx, taskId)
    refuseStale(plan, input.version)
    // The reference's clients send null when nothing was modified.
    if (input.modified_plan !== undefined && input.modified_plan !== null)
      addVersion(open, task, toDraft(plan.draft, input.modified_plan, task.team))
    const view = readView(open.tx, taskId)
    if (view) approvePlan(open, view, { auto: false })
  })
}

/** Only what has not started may differ while the plan runs. */
export function updatePlan(desk: Desk, taskId: string, input: UpdatePlan): void {
  act(desk, taskId, 'edit', (open, task) => {
    const plan = getPlan(open.tx, taskId)
    refuseStale(plan, input.base_version)
    const { base_version, ...changes } = input
    const draft = toValid({ ...plan.draft, ...changes }, task.team)
    if (task.status !== 'planned') refuseChangedWork(open.tx, taskId, draft)
    addVersion(open, task, draft)
  })
}

/** The reference sends the bare list of subtasks; a whole plan works as well. */
function toDraft(present: PlanDraft, modified: unknown, team: TeamSnapshot | null): PlanDraft {
  if (Array.isArray(modified)) return toValid({ ...present, subtasks: modified }, team)
  return toValid(typeof modified === 'object' ? { ...present, ...modified } : modified, team)
}

/** Throws `plan.invalid` with every problem. */
export function toValid(input: unknown, team: TeamSnapshot | null): PlanDraft {
  const check = validatePlan(input, team)
  if (check.ok) return check.plan
  const { problems } = check
  throw new AppError('plan.invalid', describeProblems(problems), { details: { problems } })
}

function refuseChangedWork(tx: Tx, taskId: string, draft: PlanDraft): void {
  const problems = listSubtasks(tx, taskId)
    .filter(({ status }) => hasStarted(status) || status === 'failed')
    .filter(({ id, spec }) => {
      const after = draft.subtasks.find((other) => other.id === id)
      return !isDeepStrictEqual(after, spec)
    })
    .map(({ id, status }) => ({
      path: 'subtasks',
      message: `Subtask "${id}" is ${status} and stays as it is. Only what has not started can be changed.`,
    }))
  if (problems.length > 0)
    throw new AppError('plan.invalid', describeProblems(problems), { details: { problems } })
}

/** A person's version. In force at once when the plan is being run, on offer otherwise. */
export function addVersion(open: Change, task: TaskRow, draft: PlanDraft): PlanRow {
  const { tx, record, clock, config, newId } = open
  const isOffer = task.status === 'planned'
  const plan = insertPlan(tx, {
    id: newId(),
    taskId: task.id,
    origin: 'user',
    draft,
    status: isOffer ? 'modified' : 'approved',
    now: clock.now(),
  })
  replaceSubtasks(tx, task.id, {
    specs: draft.subtasks,
    maxAttempts: task.limits.max_attempts ?? config.maxAttempts,
    keep: new Set(isOffer ? [] : listSubtasks(tx, task.id).map(({ id }) => id)),
  })
  updateTask(tx, task.id, { planVersion: plan.version }, clock.now())
  const data = { version: plan.version, subtasks: draft.subtasks.length }
  record({ taskId: task.id, type: 'plan.modified', data })
  return plan
}

function refuseStale(plan: PlanRow, version: number | undefined): void {
  if (version === undefined || version === plan.version) return
  const message = `This is about version ${version} of the plan, but there is a version ${plan.version} now. Look at it and decide again.`
  throw new AppError('plan.stale', message, { details: { version: plan.version } })
}

/** The newest, or the version given. Throws `plan.not-found`. */
export function getPlan(tx: Tx, taskId: string, version?: number): PlanRow {
  const plan = findPlan(tx, taskId, version)
  if (plan) return plan
  const what = version === undefined ? 'no plan yet' : `no version ${version} of its plan`
  throw new AppError('plan.not-found', `The task has ${what}.`)
}
