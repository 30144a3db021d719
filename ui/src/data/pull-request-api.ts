/** What is asked of the server about a pull request that a task has opened. */
import { Task } from '#contract/task.ts'
import { ask } from './api.ts'

const id = encodeURIComponent
const followUp = (taskId: string, followUpId: string): string =>
  `/api/tasks/${id(taskId)}/follow-ups/${id(followUpId)}`

export const pullRequestApi = {
  look: (taskId: string) =>
    ask(Task, `/api/tasks/${id(taskId)}/pull-request/look`, { method: 'POST' }),
  sendFollowUp: (taskId: string, followUpId: string) =>
    ask(Task, `${followUp(taskId, followUpId)}/send`, { method: 'POST', body: {} }),
  dismiss: (taskId: string, followUpId: string) =>
    ask(Task, `${followUp(taskId, followUpId)}/dismiss`, { method: 'POST' }),
}
