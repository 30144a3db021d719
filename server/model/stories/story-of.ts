/** Stories for tests: who says what, without deciding by hand who asks. */
import { plannerAgent } from '#model/request.ts'
import type { Step, Story } from '#model/story.ts'

export type Cast = {
  /** One script per prompt: the first for the task, the next for the answers to its questions, and so on. */
  planner?: Step[][]
  /** By subtask id: the script for its prompt. Later prompts to the same agent get a plain answer. */
  subtasks?: Record<string, Step[]>
  /** For agents of neither kind: scripts in the order of their prompts. */
  others?: Step[][]
  /** Plays only when the prompt contains it, so that several casts share one server. */
  onlyFor?: string
}

export function storyOf(cast: Cast): Story {
  return (request) => {
    if (cast.onlyFor !== undefined && !request.prompt.includes(cast.onlyFor)) return undefined
    const { agent, round } = request
    if (agent === plannerAgent) return cast.planner?.[round - 1]
    const subtasks = cast.subtasks ?? {}
    if (Object.hasOwn(subtasks, agent)) return round === 1 ? subtasks[agent] : undefined
    return cast.others?.[round - 1]
  }
}
