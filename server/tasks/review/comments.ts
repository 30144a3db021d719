/** Comments on lines: kept as drafts, sent as one message to each agent concerned, and resolved. */

import { AppError } from '#contract/errors.ts'
import type {
  AddComment,
  ChangeComment,
  CommentList,
  CommentsSent,
  ReviewComment,
  SendComments,
} from '#contract/review.ts'
import { listDeliveries } from '#db/message-deliveries.ts'
import type { Tx } from '#db/open.ts'
import {
  type CommentRow,
  deleteComment,
  findComment,
  insertComment,
  listComments,
  updateComments,
} from '#db/reviews.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { getAgentOf } from '#tasks/agent-verbs.ts'
import { act, type Desk, getSubtask } from '#tasks/desk.ts'
import { askForMore } from '#tasks/more-work.ts'
import { getTask } from '#tasks/records.ts'
import { isPossible, wrongState } from '#tasks/states.ts'
import { type At, keepLook, placeAll, readAbsence } from './places.ts'
import { reviewText } from './text.ts'
import { toComment } from './to-wire.ts'
import { createWriters } from './writers.ts'

export type CommentVerbs = {
  /** Oldest first; with where they stand in the commits that are looked at, those of the task unless told. */
  comments(taskId: string, at?: At): Promise<CommentList>
  /** A draft. With `live`, `commit` is the `to` of changes of that agent. `file.not-found`, `file.not-text`, `request.invalid` for a line that is not there. */
  addComment(taskId: string, input: AddComment): Promise<ReviewComment>
  /** `comment.not-found`, `comment.wrong-state`. */
  changeComment(taskId: string, id: string, input: ChangeComment): ReviewComment
  removeComment(taskId: string, id: string): Promise<void>
  /** All of them or none: one message for each agent concerned. */
  sendComments(taskId: string, input: SendComments): CommentsSent
}

/** What a person is called among agents. */
const person = 'user'
const mostComments = 2000

export function createComments(desk: Desk): CommentVerbs {
  const { db, workspaces, clock, eventLog } = desk

  const list: CommentVerbs['comments'] = async (taskId, at = {}) => {
    const task = getTask(db, taskId)
    const rows = listComments(db, taskId)
    const places = await placeAll(desk, { task, rows, at })
    const states = messageStates(db, rows)
    const isElsewhere = await readAbsence(desk, task, { rows, at })
    const held = isPossible('follow up', task.status)
      ? undefined
      : wrongState('follow up', task.status).message
    return {
      comments: rows.map((row) =>
        toComment(row, {
          ...{ now: places.get(row.id), states },
          isElsewhere: !places.has(row.id) && isElsewhere(row),
        }),
      ),
      ...(held !== undefined && { held }),
    }
  }

  return {
    comments: list,
    addComment: (taskId, input) => add(desk, taskId, input),
    changeComment(taskId, id, input) {
      getTask(db, taskId)
      const row = eventLog.transact((tx) => {
        const before = getComment(tx, taskId, id)
        if (input.to !== undefined) getSubtask(tx, taskId, input.to)
        checkChange(before, input)
        updateComments(tx, [id], {
          ...(input.body !== undefined && { body: input.body }),
          ...(input.to !== undefined && { subtaskId: input.to }),
          ...(input.state !== undefined && { state: input.state }),
          updatedAt: clock.now(),
        })
        return getComment(tx, taskId, id)
      })
      return toComment(row, { now: undefined, states: messageStates(db, [row]) })
    },
    async removeComment(taskId, id) {
      getTask(db, taskId)
      const { agentId } = eventLog.transact((tx) => {
        const row = getComment(tx, taskId, id)
        deleteComment(tx, row.id)
        return row
      })
      if (agentId !== null) await workspaces.dropObject(taskId, id)
    },
    sendComments: (taskId, input) => send(desk, taskId, input),
  }
}

async function add(desk: Desk, taskId: string, input: AddComment): Promise<ReviewComment> {
  const { db, workspaces, clock, newId, eventLog } = desk
  const task = getTask(db, taskId)
  const { path, side, line, body, end_line: endLine = line } = input
  const { live, agent: agentId = live } = input
  const commit = input.commit ?? (side === 'new' ? task.headCommit : task.baseCommit)
  if (live !== undefined) getAgentOf(db, taskId, live)
  // Before its repository is made there is nothing to look at.
  if (!commit || (live === undefined ? task.headCommit : task.baseCommit) === null)
    throw new AppError('file.not-found', 'This task has no work yet to comment on.')
  const place = { commit, path, line, endLine }
  const { oid, text } = await workspaces.readLines(taskId, { ...place, live })
  const subtaskId = input.to ?? (await createWriters(desk).of(task, { ...place, side, agentId }))
  const id = newId()
  const handedIn =
    live === undefined ? undefined : await keepLook(desk, taskId, { id, oid, commit, live })
  const now = clock.now()
  const row = eventLog.transact((tx) => {
    if (subtaskId !== undefined) getSubtask(tx, taskId, subtaskId)
    if (listComments(tx, taskId).length >= mostComments)
      throw new AppError(
        'comment.wrong-state',
        `A task has ${mostComments} comments at most. Delete some first.`,
      )
    return insertComment(tx, {
      ...{ id, taskId, path, side, line, endLine, commit, oid, quote: text, body },
      ...{ state: 'draft', author: person, subtaskId: subtaskId ?? null },
      ...{ agentId: agentId ?? null, handedIn: handedIn ?? null },
      ...{ createdAt: now, updatedAt: now },
    })
  })
  return toComment(row, { now: line, states: new Map() })
}

function getComment(tx: Tx, taskId: string, id: string): CommentRow {
  const row = findComment(tx, taskId, id)
  if (row) return row
  throw new AppError('comment.not-found', `This task has no comment ${id}.`)
}

/** What was said stays as it was said. A sent one may become a draft again, to be sent once more. */
function checkChange({ state }: CommentRow, { body, to, state: next }: ChangeComment): void {
  if (state !== 'draft' && next !== 'draft' && (body !== undefined || to !== undefined))
    throw new AppError(
      'comment.wrong-state',
      `The comment is ${state}. Write another one, or make it a draft to send it again.`,
    )
  if (state === 'draft' && next === 'sent')
    throw new AppError(
      'comment.wrong-state',
      'A draft is sent together with the others: POST …/comments/send.',
    )
}

function send(desk: Desk, taskId: string, { summary, ids, priority }: SendComments): CommentsSent {
  return act(desk, taskId, 'follow up', (open, task) => {
    const rows = chosenDrafts(listComments(open.tx, taskId), ids)
    const order = listSubtasks(open.tx, taskId).map(({ id }) => id)
    const groups = Map.groupBy(rows, ({ subtaskId }) => subtaskId ?? '')
    const sent: CommentsSent['sent'] = []
    for (const to of order) {
      const own = groups.get(to)
      if (!own) continue
      const text = reviewText(own, summary)
      const reason = `You commented on ${own.length === 1 ? 'a line' : `${own.length} lines`} of its work.`
      const now = getTask(open.tx, taskId)
      const { message_id, how } = askForMore(open, now, {
        ...{ subtaskId: to, text, from: person, reason },
        priority,
      })
      const set = { state: 'sent', messageId: message_id, sentAt: open.clock.now() } as const
      updateComments(
        open.tx,
        own.map(({ id }) => id),
        { ...set, updatedAt: open.clock.now() },
      )
      sent.push({ to, comments: own.length, message_id, how })
    }
    const data = { comments: rows.length, to: sent.map(({ to }) => to) }
    open.record({ taskId: task.id, type: 'review.sent', data })
    return { sent }
  })
}

function chosenDrafts(all: readonly CommentRow[], ids: readonly string[] | undefined) {
  const unknown = ids?.find((id) => !all.some((row) => row.id === id))
  if (unknown !== undefined)
    throw new AppError('comment.not-found', `This task has no comment ${unknown}.`)
  const rows = all.filter(({ id, state }) => state === 'draft' && (ids?.includes(id) ?? true))
  if (rows.length === 0)
    throw new AppError('comment.wrong-state', 'There is no draft to send. Comment on a line first.')
  const lost = rows.find(({ subtaskId }) => subtaskId === null)
  if (lost)
    throw new AppError(
      'comment.wrong-state',
      `Nobody is known to have written line ${lost.line} of ${lost.path}. Choose whom the comment goes to.`,
      { details: { comment: lost.id } },
    )
  return rows
}

function messageStates(
  db: Tx,
  rows: readonly CommentRow[],
): Map<number, NonNullable<ReviewComment['delivery']>> {
  const ids = rows.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))
  return new Map(listDeliveries(db, ids).map(({ messageId, state }) => [messageId, state]))
}
