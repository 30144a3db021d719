/** What a person does in a manager's or a reviewer's place: asks for changes of work that is done, and approves all of it. */
import { AppError } from '#contract/errors.ts'
import { updateAgent } from '#db/agents.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { type TaskRow, updateTask } from '#db/tasks.ts'
import { currentManager, isCollaborative } from './comms/lead.ts'
import { post } from './comms/mail.ts'
import { isSatisfied } from './dag.ts'
import { act, type Desk, getSubtask } from './desk.ts'
import { askForMore } from './more-work.ts'
import { type Change, moveTask } from './records.ts'
import { readView } from './view.ts'

/** Who a message is from that a person wrote in somebody's place. */
const person = 'user'

/** Work that is done goes back to its agent; a task that has ended runs again. No limit of rounds holds for a person. */
export function askForChanges(
  desk: Desk,
  { taskId, subtaskId, what }: { taskId: string; subtaskId: string; what: string },
): void {
  act(desk, taskId, 'follow up', (open, task) => {
    const { status } = getSubtask(open.tx, taskId, subtaskId)
    if (status !== 'completed' && status !== 'failed')
      throw new AppError(
        'subtask.wrong-state',
        `Subtask "${subtaskId}" is ${status}: changes can be asked for of one that is completed or failed. Write its agent a message instead.`,
        { details: { status, possible: ['completed', 'failed'] } },
      )
    const reason = `You ask for changes: ${what}`
    askForMore(open, task, { subtaskId, text: what, from: person, reason })
    withdrawApproval(open, task)
  })
}

/** All of the work is right as it is, whatever the manager would say. */
export function approveWork(desk: Desk, taskId: string, summary: string): void {
  act(desk, taskId, 'approve the work', (open, task) => {
    if (!isCollaborative(task))
      throw new AppError(
        'request.invalid',
        'This task has no manager: it completes by itself when all of its work is done.',
      )
    const left = listSubtasks(open.tx, taskId).filter((row) => !isSatisfied(row))
    if (left.length > 0)
      throw new AppError(
        'subtask.wrong-state',
        `Not everybody is done: ${left.map(({ id, status }) => `${id} is ${status}`).join(', ')}. Retry or skip what has failed first.`,
      )
    // Said twice it is one approval: the task is completed by itself from here.
    if (task.approvedAt !== null && task.status === 'running') return
    const now = open.clock.now()
    updateTask(open.tx, taskId, { approvedAt: now }, now)
    const content = summary === '' ? 'The work is approved.' : summary
    const letter = { taskId, msgType: 'summary', content, from: person } as const
    post({ ...open, now }, { ...letter, recipients: [] })
    if (task.status === 'failed') {
      const set = { error: null, completedAt: null }
      moveTask(open, { taskId, from: ['failed'], to: 'running', set })
    }
  })
}

/** Whatever the manager approved before is not the last word any more. */
function withdrawApproval({ tx }: Change, { id }: TaskRow): void {
  const view = readView(tx, id)
  const manager = view && currentManager(view)
  if (manager?.report?.kind === 'approved') updateAgent(tx, manager.id, { report: null })
}
