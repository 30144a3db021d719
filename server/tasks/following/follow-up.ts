/** From what a pull request says to the agent whose work it is about, or to a person; and from the agent's answer back. */

import { AppError } from '#contract/errors.ts'
import type { SendFollowUp } from '#contract/follow-up.ts'
import { findAgent, updateAgent } from '#db/agents.ts'
import { findDelivery } from '#db/deliveries.ts'
import {
  changeFollowUp,
  type FollowUpRow,
  findFollowUps,
  insertFollowUp,
  listFollowUps,
} from '#db/follow-ups.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { changesBy } from '#tasks/changes-by.ts'
import type { TaskDeps } from '#tasks/deps.ts'
import { type Desk, requirePossible } from '#tasks/desk.ts'
import { followUpPrompt } from '#tasks/prompts.ts'
import { type Change, moveTask } from '#tasks/records.ts'
import { type Candidate, type Choice, choose } from './choose.ts'
import { leftOf, type Want, wanted } from './wanted.ts'

type Deps = Pick<
  TaskDeps,
  'eventLog' | 'db' | 'workspaces' | 'clock' | 'newId' | 'config' | 'agents'
>

/** Writes down what the pull request calls for now, and sends what may be sent. True when the task goes on. */
export async function followUp(deps: Deps, taskId: string): Promise<boolean> {
  const before = findTask(deps.db, taskId)
  if (!before || needs(deps.db, before, deps.clock.now()).length === 0) {
    settle(deps, taskId)
    return false
  }
  const candidates = await listCandidates(deps, before)
  return deps.eventLog.transact((tx, record) => {
    const open = { ...deps, tx, record }
    const task = findTask(tx, taskId)
    if (!task) return false
    withdraw(open, task)
    let isSent = false
    for (const want of needs(tx, task, deps.clock.now())) {
      const choice = want.reason === undefined ? choose(candidates, want) : undefined
      if (choice && !isSent) {
        isSent = true
        const row = addFollowUp(open, task, want)
        begin(open, task, { row, choice, byPerson: false, note: null })
      } else if (want.reason !== undefined) waitForPerson(open, task, want)
    }
    return isSent
  })
}

/** Empty while the task does something else: then it is looked at again later. */
function needs(tx: Tx, task: TaskRow, now: number): Want[] {
  const row = findDelivery(tx, task.id)
  if (!row || row.state === 'pending' || row.state === 'failed') return []
  if (task.status !== 'completed' || task.intent !== null) return []
  return wanted(row, listFollowUps(tx, task.id), now)
}

function settle({ eventLog, db, ...deps }: Deps, taskId: string): void {
  if (!listFollowUps(db, taskId).some(({ state }) => state === 'waiting')) return
  eventLog.transact((tx, record) => {
    const task = findTask(tx, taskId)
    if (task) withdraw({ ...deps, tx, record }, task)
  })
}

/** What waits for a person and has gone away by itself. */
function withdraw(open: Change, { id: taskId }: TaskRow): void {
  const delivery = findDelivery(open.tx, taskId)
  if (!delivery) return
  for (const row of listFollowUps(open.tx, taskId).filter(({ state }) => state === 'waiting')) {
    const left = leftOf(row, delivery)
    const isOver = left.checks.length + left.comments.length === 0
    if (isOver) end(open, row, 'withdrawn', { reason: null })
    else changeFollowUp(open.tx, { id: row.id, from: 'waiting', to: 'waiting', set: left })
  }
}

/** One thing of each kind waits at a time: what comes later is added to it. */
function waitForPerson(open: Change, task: TaskRow, want: Want): void {
  const commit = findDelivery(open.tx, task.id)?.pushedCommit ?? ''
  const waiting = listFollowUps(open.tx, task.id).find(
    (row) => row.state === 'waiting' && row.kind === want.kind && row.commit === commit,
  )
  const row = waiting ?? addFollowUp(open, task, want)
  const set = waiting
    ? {
        checks: [...waiting.checks, ...want.checks],
        comments: [...waiting.comments, ...want.comments],
      }
    : {}
  changeFollowUp(open.tx, { id: row.id, from: 'waiting', to: 'waiting', set })
  const data = { follow_up_id: row.id, kind: row.kind, reason: want.reason ?? '' }
  open.record({ taskId: task.id, type: 'follow-up.waiting', data })
}

const addFollowUp = ({ tx, clock, newId }: Change, { id: taskId }: TaskRow, want: Want) =>
  insertFollowUp(tx, {
    ...{ id: newId(), taskId, kind: want.kind, state: 'waiting' },
    ...{ checks: want.checks, comments: want.comments, reason: want.reason ?? null },
    commit: findDelivery(tx, taskId)?.pushedCommit ?? '',
    createdAt: clock.now(),
  })

/**
 * Back to work: in the agent's own conversation while that is kept, else as another attempt by a new agent on a fresh clone, which is told
 * the same.
 */
function begin(
  open: Change,
  { id: taskId, status }: TaskRow,
  how: { row: FollowUpRow; choice: Choice; byPerson: boolean; note: string | null },
): void {
  const { tx, clock } = open
  const { row, choice, byPerson, note } = how
  const { id: subtaskId } = choice.candidate
  const subtask = listSubtasks(tx, taskId).find(({ id }) => id === subtaskId)
  if (!subtask) return
  const agent = subtask.agentId === null ? undefined : findAgent(tx, subtask.agentId)
  const keeps = agent?.holdsResources === true
  const now = clock.now()
  const agentId = keeps ? agent.id : null
  const set = { subtaskId, agentId, why: choice.why, byPerson, note, reason: null, startedAt: now }
  const sent = changeFollowUp(tx, { id: row.id, from: 'waiting', to: 'working', set })
  if (!sent) return
  if (keeps) again(tx, subtask)
  else anew(tx, subtask, followUpPrompt(sent))
  const data = { follow_up_id: row.id, kind: row.kind, why: choice.why, by_person: byPerson }
  const about = { taskId, subtaskId, ...(agentId === null ? {} : { agentId }) }
  open.record({ ...about, type: 'follow-up.started', data })
  moveTask(open, { taskId, from: [status], to: 'running', set: { error: null, completedAt: null } })
}

function again(tx: Tx, { taskId, id, agentId }: SubtaskRow): void {
  if (agentId !== null) updateAgent(tx, agentId, { report: null })
  const set = { completedAt: null }
  changeSubtaskStatus(tx, { taskId, id, from: ['completed'], to: 'queued', set })
}

function anew(tx: Tx, { taskId, id, attempt, maxAttempts }: SubtaskRow, feedback: string): void {
  const set = {
    ...{ agentId: null, feedback, completedAt: null },
    maxAttempts: Math.max(maxAttempts, attempt + 1),
  }
  changeSubtaskStatus(tx, { taskId, id, from: ['completed'], to: 'pending', set })
}

/** Its answer was pushed, or there was none: part of the transaction that ends a delivery. */
export function concludeFollowUps(open: Change, taskId: string): void {
  const pushed = findDelivery(open.tx, taskId)?.pushedCommit ?? ''
  for (const row of listFollowUps(open.tx, taskId).filter(({ state }) => state === 'working')) {
    if (pushed !== row.commit) end(open, row, 'done', { answer: pushed })
    else {
      const reason = 'The agent changed nothing.'
      changeFollowUp(open.tx, { id: row.id, from: 'working', to: 'waiting', set: { reason } })
      const data = { follow_up_id: row.id, kind: row.kind, reason }
      open.record({ taskId, type: 'follow-up.waiting', data })
    }
  }
}

function end(
  { tx, record, clock }: Pick<Change, 'tx' | 'record' | 'clock'>,
  { id, taskId, state, kind, subtaskId }: FollowUpRow,
  to: 'done' | 'dismissed' | 'withdrawn',
  more: { answer?: string; reason?: null } = {},
): void {
  if (!changeFollowUp(tx, { id, from: state, to, set: { ...more, endedAt: clock.now() } })) return
  const about = { taskId, ...(subtaskId === null ? {} : { subtaskId }) }
  record({ ...about, type: 'follow-up.ended', data: { follow_up_id: id, kind, state: to } })
}

/** A person sends it to the agent, with words of their own if they like. Throws `follow-up.*`, `subtask.not-found`, `task.wrong-state`. */
export async function sendFollowUp(
  desk: Desk,
  { taskId, id }: { taskId: string; id: string },
  { subtask_id: wish, note }: SendFollowUp,
): Promise<void> {
  const task = requirePossible(desk.db, taskId, 'answer a pull request')
  const candidates = await listCandidates(desk, task)
  desk.eventLog.transact((tx, record) => {
    const now = requirePossible(tx, taskId, 'answer a pull request')
    const row = getWaiting(tx, taskId, id)
    const wished = candidates.find((candidate) => candidate.id === wish)
    if (wish !== undefined && !wished)
      throw new AppError('subtask.not-found', `No completed subtask is called "${wish}".`)
    const choice = wished ? { candidate: wished, why: 'You chose it.' } : choose(candidates, row)
    if (!choice)
      throw new AppError('subtask.not-found', 'No agent has completed anything in this task.')
    begin({ ...desk, tx, record }, now, { row, choice, byPerson: true, note: note || null })
  })
  desk.runner.wake(taskId)
}

/** Nobody does anything about it. */
export function dismissFollowUp(desk: Desk, taskId: string, id: string): void {
  desk.eventLog.transact((tx, record) =>
    end({ tx, record, clock: desk.clock }, getWaiting(tx, taskId, id), 'dismissed'),
  )
}

function getWaiting(tx: Tx, taskId: string, id: string): FollowUpRow {
  const row = findFollowUps(tx, [id]).find((found) => found.taskId === taskId)
  if (!row) throw new AppError('follow-up.not-found', `The task has no follow-up ${id}.`)
  if (row.state !== 'waiting')
    throw new AppError('follow-up.over', `This follow-up is ${row.state} already.`, {
      details: { state: row.state },
    })
  return row
}

/** Whose work there is, and what each has changed. */
export async function listCandidates(
  { db, workspaces }: Pick<TaskDeps, 'db' | 'workspaces'>,
  { id: taskId, baseCommit }: TaskRow,
): Promise<Candidate[]> {
  const done = listSubtasks(db, taskId).filter(({ status }) => status === 'completed')
  const found: Candidate[] = []
  for (const { id, agentId, workCommit, completedAt } of done) {
    const from = (agentId === null ? undefined : findAgent(db, agentId)?.baseCommit) ?? baseCommit
    // Without its commits it can still be asked, as one that changed nothing that anybody knows of.
    const range = agentId && workCommit && from ? { taskId, agentId, from, to: workCommit } : null
    const changes = range ? await changesBy(workspaces, range).catch(() => []) : []
    found.push({ id, agentId, changes, completedAt: completedAt ?? 0 })
  }
  return found
}
