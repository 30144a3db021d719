/** Answers to what a person does to a team are shown before the events of them come. */
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { store } from './store.ts'

export async function showAgent(answer: Promise<Agent>): Promise<void> {
  const agent = await answer
  store.task.update(agent.task_id, (task) => ({
    ...task,
    agents: (task.agents ?? []).map((other) => (other.id === agent.id ? agent : other)),
  }))
}

/** An answer may be the task alone; its agents are known already. */
export async function showTask(answer: Promise<Task>): Promise<void> {
  const task = await answer
  store.task.update(task.id, (known) => ({ ...task, agents: task.agents ?? known.agents ?? [] }))
}

/** After something was decided of a subtask. */
export async function showPlan(taskId: string, answer: Promise<unknown>): Promise<void> {
  await answer
  await Promise.all([store.plan.refresh(taskId), store.task.refresh(taskId)])
}
