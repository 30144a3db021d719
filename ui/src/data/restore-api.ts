/** What is asked of the server to go back to a checkpoint, or on from one in a task of its own. */
import { TaskMoved } from '#contract/answers.ts'
import { type ForkCheckpoint, RestorePreview } from '#contract/restore-preview.ts'
import { Task } from '#contract/task.ts'
import { ask } from './api.ts'

const id = encodeURIComponent
const checkpoint = (taskId: string, checkpointId: string): string =>
  `/api/tasks/${id(taskId)}/checkpoints/${id(checkpointId)}`

export const restoreApi = {
  preview: (taskId: string, checkpointId: string) =>
    ask(RestorePreview, `${checkpoint(taskId, checkpointId)}/restore`),
  restore: async (taskId: string, checkpointId: string, stop: boolean) =>
    (
      await ask(TaskMoved, `${checkpoint(taskId, checkpointId)}/restore`, {
        method: 'POST',
        body: { stop },
      })
    ).task,
  fork: (taskId: string, checkpointId: string, input: ForkCheckpoint) =>
    ask(Task, `${checkpoint(taskId, checkpointId)}/fork`, { method: 'POST', body: input }),
}
