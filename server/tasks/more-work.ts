/** What a person wants of a subtask, whatever has become of it: told to who works on it, or a reason to go on with work that is done. */
import type { MessagePriority } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import type { FollowedUp } from '#contract/review.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { post } from './comms/mail.ts'
import { getSubtask } from './desk.ts'
import { type Change, moveTask } from './records.ts'
import { reopenSubtask } from './reopen.ts'

export type MoreWork = {
  subtaskId: string
  /** What is wanted. */
  text: string
  /** Who wants it, as agents know them. */
  from: string
  /** One sentence for the timeline: why the subtask is worked on again. */
  reason: string
  /** When an agent that is at it reads this. */
  priority?: MessagePriority | undefined
}

/**
 * Inside a transaction of the verb `follow up`; a task that was over runs again. Throws `subtask.not-found`, and `subtask.wrong-state`
 * for a subtask that nobody worked on or whose work is being merged.
 */
export function askForMore(open: Change, task: TaskRow, want: MoreWork): FollowedUp {
  const subtask = getSubtask(open.tx, task.id, want.subtaskId)
  const followed = begin(open, subtask, want)
  if (task.status === 'completed' || task.status === 'failed') {
    const set = { error: null, completedAt: null }
    moveTask(open, { taskId: task.id, from: [task.status], to: 'running', set })
  }
  return followed
}

function begin(open: Change, subtask: SubtaskRow, want: MoreWork): FollowedUp {
  const now = open.clock.now()
  const { taskId, id, status } = subtask
  const { text, from, reason, priority = 'next' } = want
  if (status === 'integrating') throw notNow(subtask, 'its work is being merged. Try again soon.')
  if (status === 'skipped') throw notNow(subtask, 'it was skipped, so nobody worked on it.')
  if (status === 'completed' || status === 'failed') {
    const followed = reopenSubtask({ ...open, now }, { subtask, what: text, by: from, reason })
    if (followed) return followed
  }
  const letter = { taskId, msgType: 'message', content: text, from, recipients: [id] } as const
  const message = post({ ...open, now }, { ...letter, priority })
  // Who has not begun finds it in its first prompt, whenever it was meant to be read.
  const isLater = priority === 'later' && status === 'running'
  return { message_id: message.id, how: isLater ? 'later' : 'told' }
}

const notNow = ({ id, status }: SubtaskRow, why: string): AppError =>
  new AppError('subtask.wrong-state', `"${id}" cannot be given more to do: ${why}`, {
    details: { status },
  })
