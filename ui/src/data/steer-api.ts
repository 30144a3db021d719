/** What a person does to agents at work beside talking to them, and decides in a manager's or a reviewer's place. */
import type * as v from 'valibot'
import { Agent, type RestartAgent, type TakeOut } from '#contract/agent.ts'
import { PlanChanged, TaskMoved } from '#contract/answers.ts'
import type { ResolveConflict } from '#contract/resolution.ts'
import { Task } from '#contract/task.ts'
import { ask } from './api.ts'

const id = encodeURIComponent
const taskPath = (taskId: string): string => `/api/tasks/${id(taskId)}`
const agentPath = (taskId: string, agentId: string): string =>
  `${taskPath(taskId)}/agents/${id(agentId)}`
const subtaskPath = (taskId: string, subtaskId: string): string =>
  `${taskPath(taskId)}/subtasks/${id(subtaskId)}`

type Body<S extends v.GenericSchema> = v.InferOutput<S>

const post = <S extends v.GenericSchema>(schema: S, path: string, body?: unknown) =>
  ask(schema, path, { method: 'POST', body })

export const steerApi = {
  freezeAgent: (taskId: string, agentId: string) =>
    post(Agent, `${agentPath(taskId, agentId)}/freeze`),
  unfreezeAgent: (taskId: string, agentId: string) =>
    post(Agent, `${agentPath(taskId, agentId)}/unfreeze`),
  freezeTask: (taskId: string) => post(Task, `${taskPath(taskId)}/freeze`),
  unfreezeTask: (taskId: string) => post(Task, `${taskPath(taskId)}/unfreeze`),
  changeModel: (taskId: string, agentId: string, model: string) =>
    ask(Agent, agentPath(taskId, agentId), { method: 'PATCH', body: { model } }),
  restartAgent: (taskId: string, agentId: string, body: Body<typeof RestartAgent>) =>
    post(Agent, `${agentPath(taskId, agentId)}/restart`, body),
  takeOut: (taskId: string, agentId: string, body: Body<typeof TakeOut>) =>
    post(Agent, `${agentPath(taskId, agentId)}/take-out`, body),
  /** All of the work, in the manager's place. */
  approveWork: async (taskId: string, summary: string) =>
    (await post(TaskMoved, `${taskPath(taskId)}/approve-work`, { summary })).task,
  askForChanges: (taskId: string, subtaskId: string, what: string) =>
    post(PlanChanged, `${subtaskPath(taskId, subtaskId)}/changes`, { what }),
  resolveConflict: (taskId: string, subtaskId: string, body: ResolveConflict) =>
    post(PlanChanged, `${subtaskPath(taskId, subtaskId)}/resolve`, body),
}
