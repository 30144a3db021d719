/** Carries out what `decide` asks for in one transaction. Every change is compare-and-set, so a repeated one does nothing. */
import { isReviewer } from '#contract/team-rules.ts'
import { listAgents } from '#db/agents.ts'
import { setPlanStatus } from '#db/plans.ts'
import { changeSubtaskStatus, type SubtaskRow } from '#db/subtasks.ts'
import { updateTask } from '#db/tasks.ts'
import { addManager, remind, signal, unapproved } from './comms/signals.ts'
import { isSkippedByPerson } from './dag.ts'
import { runOutcome } from './outcome.ts'
import {
  addAgent,
  beginPlanning,
  blockSubtask,
  failTask,
  moveTask,
  type Change as Open,
  parkSubtasks,
  setPhase,
} from './records.ts'
import { decideResult, resultFailed } from './result-step.ts'
import { decideReview } from './review-step.ts'
import { setupFailure } from './setup-step.ts'
import type { Change } from './step.ts'
import { modelOf } from './team.ts'
import { spareAgent, type View } from './view.ts'

export function apply(open: Open, view: View, change: Change): void {
  const { task } = view
  switch (change.kind) {
    case 'approve':
      approvePlan(open, view, { auto: true })
      break
    case 'begin-run': {
      const set = { startedAt: task.startedAt ?? open.clock.now() }
      moveTask(open, { taskId: task.id, from: ['approved'], to: 'running', set })
      break
    }
    case 'block':
      blockSubtask(open, { taskId: task.id, id: change.subtaskId }, change.failedIds)
      break
    case 'unblock':
      unblock(open, view, change.subtaskId)
      break
    case 'start':
      start(open, view, change.subtaskId)
      break
    case 'add-spare':
      addSpare(open, view, change.subtaskId)
      break
    case 'add-manager':
      addManager(open, view)
      break
    case 'decide-review': {
      const subtask = view.subtasks.find(({ id }) => id === change.subtaskId)
      if (subtask) decideReview(open, subtask)
      break
    }
    case 'result-failed':
      resultFailed(open, view)
      break
    case 'decide-result':
      decideResult(open, view)
      break
    case 'signal':
      signal(open, view, change.subtaskId)
      break
    case 'remind':
      remind(open, view)
      break
    case 'unapproved':
      unapproved(open, view)
      break
    case 'finish':
      finish(open, view)
      break
    case 'not-set-up':
      failTask(open, task.id, setupFailure(view.setup?.error ?? ''))
      break
    case 'halted':
      halted(open, view)
      break
    case 'cancelled':
      cancelled(open, view)
      break
    case 'phase':
      setPhase(open, task, { phase: change.phase })
  }
}

export function approvePlan(open: Open, { task, plan }: View, data: { auto: boolean }): void {
  if (!plan) throw new Error(`task ${task.id} is planned without a plan`)
  if (!moveTask(open, { taskId: task.id, from: ['planned'], to: 'approved' })) return
  setPlanStatus(open.tx, plan.id, 'approved')
  const facts = { version: plan.version, subtasks: plan.draft.subtasks.length, ...data }
  open.record({ taskId: task.id, type: 'plan.approved', data: facts })
}

function unblock({ tx, record }: Open, { task }: View, id: string): void {
  const change = { taskId: task.id, id, from: ['skipped'], to: 'pending' } as const
  if (!changeSubtaskStatus(tx, { ...change, set: { error: null } })) return
  const reason = 'What it waits for is tried again.'
  record({ taskId: task.id, subtaskId: id, type: 'subtask.retrying', data: { reason } })
}

function start(open: Open, view: View, id: string): void {
  const subtask = view.subtasks.find((other) => other.id === id)
  if (!subtask) return
  const agent = spareAgent(view, subtask) ?? addWorker(open, view, subtask)
  const attempt = subtask.attempt + 1
  const set = {
    agentId: agent.id,
    attempt,
    error: null,
    summary: null,
    conflicts: null,
    resolution: null,
    workCommit: null,
    mergedCommit: null,
    startedAt: null,
    completedAt: null,
  }
  const change = { taskId: view.task.id, id, from: ['pending'], to: 'queued', set } as const
  if (!changeSubtaskStatus(open.tx, change)) throw new Error(`subtask ${id} is not pending`)
  const ids = { taskId: view.task.id, subtaskId: id, agentId: agent.id }
  open.record({ ...ids, type: 'subtask.queued', data: { attempt } })
}

function addSpare(open: Open, view: View, id: string): void {
  const subtask = view.subtasks.find((other) => other.id === id)
  if (subtask && !spareAgent(view, subtask)) addWorker(open, view, subtask)
}

const addWorker = (open: Open, { task }: View, subtask: SubtaskRow) =>
  addAgent(open, {
    taskId: task.id,
    subtaskId: subtask.id,
    kind: isReviewer(task.team, subtask.spec.agent_role) ? 'reviewer' : 'worker',
    role: subtask.spec.agent_role,
    model: modelOf(task, subtask.spec),
    attempt: subtask.attempt + 1,
  })

function finish(open: Open, { task, subtasks }: View): void {
  const outcome = runOutcome(subtasks)
  if (outcome.status === 'failed') {
    failTask(open, task.id, outcome.error)
    return
  }
  const set = { error: null, completedAt: open.clock.now() }
  if (!moveTask(open, { taskId: task.id, from: ['running'], to: 'completed', set })) return
  const skipped = subtasks.filter(isSkippedByPerson).map(({ id }) => id)
  const data = { commit: task.headCommit, skipped }
  open.record({ taskId: task.id, type: 'task.completed', data })
}

/** Says what went with it, what stays, and what the engine did not let go of. */
function cancelled(open: Open, { task, agents }: View): void {
  setPhase(open, task, { phase: null, intent: null })
  const { restore } = task
  if (restore?.state === 'under-way') {
    const failed = { ...restore, state: 'failed', error: 'The task was cancelled.' } as const
    updateTask(open.tx, task.id, { restore: failed }, open.clock.now())
  }
  const [left, gone] = [true, false].map((holds) =>
    agents.filter(({ run, holdsResources }) => run > 0 && holdsResources === holds),
  )
  const data = {
    removed: gone?.length ?? 0,
    left: left?.map(({ id }) => id) ?? [],
    kept: { branch: task.branch, commit: task.headCommit },
  }
  open.record({ taskId: task.id, type: 'task.cancelled', data })
}

function halted(open: Open, { task, agents }: View): void {
  parkSubtasks(open.tx, task.id)
  if (task.intent === 'replan' || task.intent === 'resume') {
    updateTask(open.tx, task.id, { intent: null, intentAt: null }, open.clock.now())
    if (task.intent === 'replan') beginPlanning(open, task, task.remark)
    return
  }
  const goesOn = task.intent === 'restore' ? ({ phase: 'restoring' } as const) : { intent: null }
  const by = task.pausedBy ?? 'person'
  const lost = listAgents(open.tx, { taskId: task.id, statuses: ['lost'] }).map(({ id }) => id)
  const saved = agents.filter((agent) => agent.holdsResources).map(({ id }) => id)
  updateTask(open.tx, task.id, { hasState: task.hasState || saved.length > 0 }, open.clock.now())
  setPhase(open, task, { phase: null, ...goesOn, pausedAt: open.clock.now() })
  open.record({ taskId: task.id, type: 'task.paused', data: { saved, lost, by } })
}
