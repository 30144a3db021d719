/** Setup commands of repositories: how far they are for a task, and what is kept of them. */
import * as v from 'valibot'
import { type DecideSetup, KeptSetupList, TaskSetupOutput } from '#contract/setup.ts'
import { Task } from '#contract/task.ts'
import { ask } from './api.ts'

const id = encodeURIComponent
const pathOf = (taskId: string): string => `/api/tasks/${id(taskId)}/setup`

export const setupApi = {
  setupOf: (taskId: string) => ask(TaskSetupOutput, pathOf(taskId)),
  decideSetup: (taskId: string, what: DecideSetup['do']) =>
    ask(Task, pathOf(taskId), { method: 'POST', body: { do: what } }),
  keptSetups: () => ask(KeptSetupList, '/api/setups'),
  removeKeptSetup: (which: string) =>
    ask(v.unknown(), `/api/setups/${id(which)}`, { method: 'DELETE' }),
}
