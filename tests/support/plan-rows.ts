/** What tests ask of the plan of a task in a `World`. */
import { listSubtasks } from '#db/subtasks.ts'
import type { World } from './test-tasks.ts'

/** @throws when the plan has no such subtask. */
export function subtaskOf(world: World, taskId: string, id: string) {
  const found = world.tasks.plan(taskId).subtasks.find((row) => row.id === id)
  if (!found) throw new Error(`no subtask ${id}`)
  return found
}

/** By subtask. */
export function statusesOf(world: World, taskId: string): Record<string, string> {
  return Object.fromEntries(listSubtasks(world.db, taskId).map(({ id, status }) => [id, status]))
}

/** What the agents of a subtask were asked, in order. */
export function promptsOf(world: World, subtaskId: string): string[] {
  return [...world.engine.turns.values()]
    .filter((turn) => turn.subtaskId === subtaskId)
    .map(({ prompt }) => prompt)
}
