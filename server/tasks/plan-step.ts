/**
 * A planning session up to the next thing a person must do: answer questions, look at the plan, or learn why there is none.
 * Asked again after answers it walks through the stored turns and goes on behind them.
 */

import type { PlanDraft, QuestionSpec } from '#contract/plan.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { countInvalidPlans, findPlan, insertPlan } from '#db/plans.ts'
import { insertQuestions, lastRound, listQuestions } from '#db/questions.ts'
import { listSubtasks, replaceSubtasks } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { plannerSpec, readInstructions, recallFor, uploadsFor } from './agent-spec.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { type PlannerAnswer, parsePlannerAnswer } from './planner-output.ts'
import { previousRunText } from './previous-run.ts'
import {
  answersPrompt,
  type PlannerBrief,
  plannerPrompt,
  repairPrompt,
  setBackPrompt,
} from './prompts.ts'
import { failTask, getTask, moveTask } from './records.ts'
import { createSeat } from './seat.ts'
import { perTaskLimit } from './team.ts'
import { type Answer, createTurns } from './turns.ts'

/** How often in a row a planner may correct what cannot be used. */
const maxRepairs = 2

type Planning = { deps: RunnerDeps; task: TaskRow; agentId: string }

export async function planStep(
  deps: RunnerDeps,
  context: StepContext,
  { agentId }: { agentId: string },
): Promise<void> {
  const task = getTask(deps.db, context.taskId)
  const perTask = perTaskLimit(task, deps.config)
  const seat = createSeat(deps, context, { agentId, perTask })
  const planning: Planning = { deps, task, agentId }
  try {
    await seat.take()
    const commit = await fixCommit(planning)
    const turns = createTurns(deps, context, {
      spec: plannerSpec(deps, task, getAgent(deps.db, agentId), commit),
      timeouts: {
        timeoutMs: deps.config.plannerTimeoutMs,
        idleTimeoutMs: deps.config.idleTimeoutMs,
      },
      seat,
      check: () => checkWanted(planning),
    })
    const brief = plannerPrompt(await toBrief(planning, commit))
    const { restoredFrom } = getAgent(deps.db, agentId)
    let next: Next = { prompt: restoredFrom ? setBackPrompt(restoredFrom.taken_at, brief) : brief }
    let state: Talk = { round: 0, repairs: 0, invalid: 0 }
    while (next) {
      const answer = await turns.ask(next.prompt)
      const heard = hear(planning, state, answer)
      next = heard.next
      state = heard.state
    }
  } finally {
    seat.close()
  }
}

/** Undefined: the session rests or is over. */
type Next = { prompt: string } | undefined
/** `repairs` counts in a row, `invalid` over the whole session. */
type Talk = { round: number; repairs: number; invalid: number }

function hear(planning: Planning, state: Talk, answer: Answer): { next: Next; state: Talk } {
  const output = toOutput(answer, planning.task)
  switch (output.kind) {
    case 'failed':
      fail(planning, output.reason)
      return { next: undefined, state }
    case 'plan':
      recordPlan(planning, output.plan)
      return { next: undefined, state }
    case 'questions': {
      const round = state.round + 1
      return {
        next: ask(planning, round, output.questions),
        state: { ...state, round, repairs: 0 },
      }
    }
    case 'invalid':
      return refuse(planning, state, output.problems)
  }
}

function toOutput(
  answer: Answer,
  { team }: TaskRow,
): PlannerAnswer | { kind: 'failed'; reason: string } {
  if (answer.kind === 'answered') return parsePlannerAnswer(answer.structured, team)
  if (answer.kind === 'over' && answer.code === 'structured-output')
    return { kind: 'invalid', problems: [answer.reason] }
  return { kind: 'failed', reason: answer.reason }
}

/** Stores the round unless it was stored before; the answers when all are there. */
function ask({ deps, task, agentId }: Planning, round: number, questions: QuestionSpec[]): Next {
  const { planningSession, id: taskId } = task
  return deps.eventLog.transact((tx, record) => {
    if (lastRound(tx, taskId, planningSession) < round) {
      const now = deps.clock.now()
      const asked = questions.map((question) => ({ ...question, id: deps.newId() }))
      insertQuestions(tx, { taskId, agentId, planningSession, round, questions: asked, now })
      const data = { round, questions: asked.map(({ id, text }) => ({ id, text })) }
      record({ taskId, agentId, type: 'planner.question', data })
      return undefined
    }
    const rows = listQuestions(tx, taskId, planningSession).filter((row) => row.round === round)
    const isOpen = rows.some(({ status }) => status === 'pending')
    return isOpen ? undefined : { prompt: answersPrompt(rows) }
  })
}

function refuse(planning: Planning, state: Talk, problems: string[]): { next: Next; state: Talk } {
  const { deps, task, agentId } = planning
  const after = { ...state, repairs: state.repairs + 1, invalid: state.invalid + 1 }
  deps.eventLog.transact((tx, record) => {
    if (countInvalidPlans(tx, agentId) >= after.invalid) return
    record({ taskId: task.id, agentId, type: 'plan.invalid', data: { problems } })
  })
  if (after.repairs <= maxRepairs) return { next: { prompt: repairPrompt(problems) }, state: after }
  fail(
    planning,
    `The planner handed in no usable plan, also not when told why: ${problems.join(' ')}`,
  )
  return { next: undefined, state: after }
}

function recordPlan({ deps, task, agentId }: Planning, draft: PlanDraft): void {
  const { eventLog, clock, config, newId } = deps
  eventLog.transact((tx, record) => {
    if (!isCurrent(findTask(tx, task.id), task)) throw new Superseded()
    const origin = 'planner' as const
    const row = { id: newId(), taskId: task.id, origin, draft, status: 'planned' as const }
    const plan = insertPlan(tx, { ...row, now: clock.now() })
    const maxAttempts = task.limits.max_attempts ?? config.maxAttempts
    replaceSubtasks(tx, task.id, { specs: draft.subtasks, maxAttempts })
    moveTask(
      { tx, record, clock },
      {
        taskId: task.id,
        from: ['planning'],
        to: 'planned',
        set: { planVersion: plan.version, phase: 'awaiting_approval', error: null },
      },
    )
    const data = { version: plan.version, subtasks: draft.subtasks.length }
    record({ taskId: task.id, agentId, type: 'plan.generated', data })
  })
}

function fail({ deps, task }: Planning, reason: string): void {
  deps.eventLog.transact((tx, record) => {
    if (!isCurrent(findTask(tx, task.id), task)) throw new Superseded()
    failTask({ tx, record, clock: deps.clock }, task.id, reason)
  })
}

/** The commit the whole session looks at, however long it takes. */
async function fixCommit({ deps, task, agentId }: Planning): Promise<string> {
  const head = await deps.workspaces.head(task.id, task.branch)
  return deps.eventLog.transact((tx) => {
    const { baseCommit } = getAgent(tx, agentId)
    if (baseCommit === null) updateAgent(tx, agentId, { baseCommit: head })
    return baseCommit ?? head
  })
}

function checkWanted({ deps, task }: Planning): void {
  if (!isCurrent(findTask(deps.db, task.id), task)) throw new Superseded()
}

const isCurrent = (row: TaskRow | undefined, task: TaskRow): boolean =>
  row?.status === 'planning' && row.intent === null && row.planningSession === task.planningSession

async function toBrief({ deps, task }: Planning, commit: string): Promise<PlannerBrief> {
  const entries = await deps.workspaces.list(task.id, commit)
  const plan = findPlan(deps.db, task.id)
  const results = listSubtasks(deps.db, task.id)
  return {
    prompt: task.prompt,
    mode: task.mode,
    uploads: uploadsFor(deps, task),
    outputFiles: task.outputFiles,
    repository: { branch: task.branch, commit, isEmpty: entries.length === 0 },
    instructions: await readInstructions(deps, task.id, commit),
    memory: recallFor(deps, task, 'planner'),
    outside: await deps.workspaces.outside(task.id, commit),
    earlierRun: task.previousRun === null ? undefined : previousRunText(task.previousRun),
    maxAgents: Math.min(deps.config.maxAgents, perTaskLimit(task, deps.config)),
    team: task.team ?? undefined,
    ...(plan ? { previous: { remark: task.remark, plan: plan.draft, results } } : {}),
  }
}
