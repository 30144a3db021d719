/** One attempt at a subtask: a slot, a conversation, and what came of it received into the task's repository. */
import { AppError } from '#contract/errors.ts'
import { findRole } from '#contract/team-rules.ts'
import { type AgentReport, managerName } from '#contract/team-tools.ts'
import { getAgent } from '#db/agents.ts'
import { listSentTo } from '#db/follow-ups.ts'
import { listChangeRequests, listMessagesTo, markRead } from '#db/message-deliveries.ts'
import { changeSubtaskStatus, findSubtask, listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import {
  completedDependencies,
  readInstructions,
  recallFor,
  uploadsFor,
  workerSpec,
} from './agent-spec.ts'
import { bringMerged, type Merged } from './bring-in.ts'
import { isCollaborative, readOutdated } from './comms/lead.ts'
import { steerId } from './comms/mail.ts'
import { heights, isSkippedByPerson } from './dag.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { commitMessage } from './integrate-step.ts'
import { previousRunPath } from './previous-run.ts'
import {
  changesPrompt,
  followUpPrompt,
  setBackPrompt,
  type WorkerBrief,
  workerPrompt,
} from './prompts.ts'
import { aboutSubtask, failAttempt, failTask, getTask } from './records.ts'
import { type ReviewBrief, reviewPrompt } from './review-prompt.ts'
import { askForVerdict, concludeReview } from './review-step.ts'
import { reviewedBy } from './reviewers.ts'
import { createSeat } from './seat.ts'
import { perTaskLimit } from './team.ts'
import { type Answer, createTurns, type Turns } from './turns.ts'
import { toNodes } from './view.ts'

type Work = { subtaskId: string; agentId: string }

export async function workStep(deps: RunnerDeps, context: StepContext, work: Work): Promise<void> {
  const task = getTask(deps.db, context.taskId)
  const seat = createSeat(deps, context, {
    agentId: work.agentId,
    perTask: perTaskLimit(task, deps.config),
    priority: heights(toNodes(listSubtasks(deps.db, task.id))).get(work.subtaskId) ?? 0,
  })
  try {
    await seat.take()
    await context.idle('prepare', work.agentId)
    const head = await deps.workspaces.head(task.id, task.branch)
    begin(deps, task, work)
    context.changed()
    const spec = workerSpec(deps, task, getAgent(deps.db, work.agentId), head)
    const minutes = task.limits.subtask_timeout_minutes
    const timeouts = {
      timeoutMs: minutes === undefined ? deps.config.subtaskTimeoutMs : minutes * 60_000,
      idleTimeoutMs: deps.config.idleTimeoutMs,
    }
    const check = (): void => checkWanted(deps, task.id, work)
    const over = (): Answer | undefined => takenOutAnswer(deps, task.id, work)
    const turns = createTurns(deps, context, { spec, timeouts, seat, check, over })
    const brief = await toBrief(deps, task, { subtaskId: work.subtaskId, head })
    if (!turns.wasAsked()) brief.messages = takeMessages(deps, task.id, work)
    const isReview = getAgent(deps.db, work.agentId).kind === 'reviewer'
    const prompt = isReview ? reviewPrompt(toReviewBrief(deps, task, brief)) : workerPrompt(brief)
    const answer = await turns.ask(promptFor(deps, work, prompt))
    const ended = { ...work, taskId: task.id, answer }
    const last = isReview
      ? await askForVerdict(deps, turns, ended)
      : await askForChanges(deps, turns, ended)
    context.pin()
    await conclude(deps, task, work, last)
  } finally {
    seat.close()
  }
}

/** What it has made so far is its work. */
function takenOutAnswer({ db }: RunnerDeps, taskId: string, work: Work): Answer | undefined {
  if (findSubtask(db, taskId, work.subtaskId)?.takenOut !== 'keep') return undefined
  const text = 'A person took its worker out of the team. What it had made until then was kept.'
  return { kind: 'answered', text }
}

function promptFor({ db }: RunnerDeps, { agentId }: Work, brief: string): string {
  const { restoredFrom } = getAgent(db, agentId)
  return restoredFrom ? setBackPrompt(restoredFrom.taken_at, brief) : brief
}

/** One turn for each time its manager, or its pull request, has sent it back, in order. */
async function askForChanges(
  deps: RunnerDeps,
  turns: Turns,
  { answer, ...work }: Work & { taskId: string; answer: Answer },
): Promise<Answer> {
  const { db } = deps
  const { agentId } = work
  let last = answer
  const asked = [
    ...listChangeRequests(db, agentId).map(({ content, createdAt, fromSubtaskId }) => ({
      at: createdAt,
      toPrompt: (merged?: Merged) => changesPrompt(content, fromSubtaskId ?? 'a person', merged),
    })),
    ...listSentTo(db, agentId).map((row) => ({
      at: row.startedAt ?? 0,
      toPrompt: (merged?: Merged) => followUpPrompt({ ...row, merged }),
    })),
  ].toSorted((a, b) => a.at - b.at)
  for (const { toPrompt } of asked) {
    if (last.kind !== 'answered') break
    // A turn that was asked has its words, and its agent is at work.
    const merged = turns.wasAsked() ? undefined : await bringMerged(deps, work)
    last = await turns.ask(toPrompt(merged))
  }
  return last
}

/** Nothing to do when it was running before, which is what a restart finds. */
function begin({ eventLog, clock }: RunnerDeps, task: TaskRow, work: Work): void {
  eventLog.transact((tx, record) => {
    const subtask = findSubtask(tx, task.id, work.subtaskId)
    if (subtask?.agentId !== work.agentId) throw new Superseded()
    if (subtask.status === 'running') return
    const set = { startedAt: subtask.startedAt ?? clock.now() }
    const change = {
      taskId: task.id,
      id: subtask.id,
      from: ['queued'],
      to: 'running',
      set,
    } as const
    if (!changeSubtaskStatus(tx, change)) throw new Superseded()
    const data = { attempt: subtask.attempt }
    record({ ...aboutSubtask(subtask), type: 'subtask.started', data })
  })
}

function checkWanted({ db }: RunnerDeps, taskId: string, { subtaskId, agentId }: Work): void {
  const task = findTask(db, taskId)
  const subtask = findSubtask(db, taskId, subtaskId)
  const isWanted =
    task?.status === 'running' &&
    task.intent === null &&
    subtask?.status === 'running' &&
    subtask.agentId === agentId
  if (!isWanted) throw new Superseded()
}

async function toBrief(
  deps: RunnerDeps,
  task: TaskRow,
  { subtaskId, head }: { subtaskId: string; head: string },
): Promise<WorkerBrief> {
  const subtasks = listSubtasks(deps.db, task.id)
  const subtask = subtasks.find(({ id }) => id === subtaskId)
  if (!subtask) throw new Superseded()
  const isDependency = ({ id }: SubtaskRow): boolean => subtask.spec.depends_on.includes(id)
  return {
    taskPrompt: task.prompt,
    subtask: subtask.spec,
    role: findRole(task.team, subtask.spec.agent_role),
    dependencies: await completedDependencies(deps, { task, subtasks, id: subtaskId }),
    skipped: subtasks
      .filter((row) => isDependency(row) && isSkippedByPerson(row))
      .map(({ id, spec }) => ({ id, name: spec.name })),
    messages: [],
    feedback: subtask.feedback,
    uploads: uploadsFor(deps, task),
    earlierRun: task.previousRun === null ? undefined : previousRunPath,
    branch: `${task.branch}-${subtaskId}`,
    instructions: await readInstructions(deps, task.id, head),
    memory: recallFor(deps, task, 'worker'),
    outside: await deps.workspaces.outside(task.id, head),
  }
}

/** Whose work it is about, and what was found in it before. */
function toReviewBrief({ db }: RunnerDeps, task: TaskRow, brief: WorkerBrief): ReviewBrief {
  const rows = listSubtasks(db, task.id)
  const ids = reviewedBy(task.team, rows, brief.subtask.id)
  const verdict = rows.find(({ id }) => id === brief.subtask.id)?.verdict ?? undefined
  const work = rows
    .filter(({ id }) => ids.includes(id))
    .map(({ id, spec, status }) => ({ id, name: spec.name, status }))
  return { ...brief, work, verdict, base: task.baseCommit ?? '' }
}

/**
 * What was said to the subtask so far, for its agent's first prompt, which is said until it is heard. What one said to everybody
 * before there was a plan is said to each.
 */
function takeMessages(
  { eventLog, clock }: RunnerDeps,
  taskId: string,
  { subtaskId, agentId }: Work,
): WorkerBrief['messages'] {
  return eventLog.transact((tx) => {
    const isOutdated = readOutdated(tx, getTask(tx, taskId))
    const messages = listMessagesTo(tx, { taskId, recipient: subtaskId, limit: 200 }).filter(
      // It was said to this very agent while it started, and comes with the prompt.
      ({ message, inputId }) => inputId !== steerId(message.id, agentId) && !isOutdated(message),
    )
    const messageIds = messages.map(({ message }) => message.id)
    markRead(tx, { recipient: subtaskId, messageIds }, clock.now())
    return messages.map(({ message: { fromSubtaskId, content, msgType } }) => ({
      from:
        msgType === 'directive' && fromSubtaskId === managerName
          ? 'your manager, your directive'
          : (fromSubtaskId ?? 'a person'),
      content,
    }))
  })
}

async function conclude(
  deps: RunnerDeps,
  task: TaskRow,
  work: Work,
  answer: Answer,
): Promise<void> {
  const kept = takenOutAnswer(deps, task.id, work)
  if (kept?.kind === 'answered') return await deliver(deps, task, work, kept.text)
  const { report, kind } = getAgent(deps.db, work.agentId)
  if (answer.kind === 'answered' && report?.kind !== 'failed' && kind === 'reviewer') {
    deps.eventLog.transact((tx, record) => {
      const subtask = findSubtask(tx, task.id, work.subtaskId)
      const isOpen = subtask?.status === 'running' || subtask?.status === 'queued'
      if (isOpen && subtask.agentId === work.agentId)
        concludeReview({ ...deps, tx, record }, task, subtask)
    })
    return
  }
  if (answer.kind === 'answered' && report?.kind !== 'failed')
    return await deliver(deps, task, work, report?.kind === 'done' ? report.text : answer.text)
  deps.eventLog.transact((tx, record) => {
    const change = { tx, record, clock: deps.clock }
    const subtask = findSubtask(tx, task.id, work.subtaskId)
    if (subtask?.agentId !== work.agentId) return
    const failure = toFailure(answer, report)
    // What its worker says cannot be done is the manager's to decide.
    const isTold = isCollaborative(task) && answer.kind === 'answered'
    failAttempt(change, subtask, { ...failure, canRetry: failure.canRetry && !isTold })
    if (answer.kind === 'hopeless') failTask(change, task.id, answer.reason)
  })
}

/** What the agent says of itself counts when its turn ended in order. */
function toFailure(
  answer: Answer,
  report: AgentReport | null,
): { reason: string; canRetry: boolean } {
  if (answer.kind === 'answered')
    return { reason: `The agent reports: ${report?.text ?? ''}`, canRetry: true }
  return { reason: answer.reason, canRetry: answer.kind === 'over' && answer.canRetry }
}

async function deliver(
  deps: RunnerDeps,
  task: TaskRow,
  { subtaskId, agentId }: Work,
  summary: string,
): Promise<void> {
  const { baseCommit } = getAgent(deps.db, agentId)
  const row = findSubtask(deps.db, task.id, subtaskId)
  if (!row || baseCommit === null)
    throw new AppError('internal', 'An agent worked without a clone.')
  const { bundle } = await deps.agents.collect(agentId, { message: commitMessage(row) })
  const received = await deps.workspaces.receive({ taskId: task.id, agentId, baseCommit, bundle })
  deps.eventLog.transact((tx, record) => {
    const subtask = changeSubtaskStatus(tx, {
      taskId: task.id,
      id: subtaskId,
      agentId,
      from: ['running', 'queued'],
      to: 'integrating',
      set: { workCommit: received.commit, summary },
    })
    if (!subtask) return
    const data = { commit: received.commit, changed_files: received.changes.length }
    record({ ...aboutSubtask(subtask), type: 'subtask.integrating', data })
  })
}

/** The step itself broke, three times: the attempt is over, and with refused credentials the whole run. */
export function abandonWork(deps: RunnerDeps, taskId: string, work: Work, error: unknown): void {
  const code = error instanceof AppError ? error.code : 'internal'
  const isHopeless =
    code === 'credentials.missing' || code === 'credentials.refused' || code === 'image.failed'
  const reason = error instanceof Error ? error.message : String(error)
  deps.eventLog.transact((tx, record) => {
    const change = { tx, record, clock: deps.clock }
    const subtask = findSubtask(tx, taskId, work.subtaskId)
    if (subtask?.agentId !== work.agentId) return
    failAttempt(change, subtask, { reason, canRetry: !isHopeless })
    if (isHopeless) failTask(change, taskId, reason)
  })
}
