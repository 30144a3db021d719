import * as v from 'valibot'
import { CreateTask, TaskStatus } from './task.ts'

/** Another run of a task that has ended, as a task of its own. */
export const Relaunch = v.object({
  /** Empty: the prompt of the task as it is. */
  prompt: v.optional(
    v.union([v.pipe(v.string(), v.trim(), v.literal('')), CreateTask.entries.prompt]),
    '',
  ),
  auto_start: v.optional(v.boolean(), false),
  /**
   * True: it begins with the files of the old run's result, and planner and agents are told what was done. False: it
   * begins where the source is now, and knows nothing of the old run. Uploads go along either way.
   */
  keep_context: v.optional(v.boolean(), true),
})
export type Relaunch = v.InferOutput<typeof Relaunch>

/** What a run did, for the one that goes on from it. Texts are an agent's or a person's own. */
export const PreviousRun = v.object({
  task_id: v.string(),
  name: v.string(),
  prompt: v.string(),
  status: TaskStatus,
  error: v.optional(v.string()),
  subtasks: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      status: v.string(),
      summary: v.optional(v.string()),
      error: v.optional(v.string()),
    }),
  ),
  /** The first of them, by path. */
  changed_files: v.array(v.object({ path: v.string(), status: v.string() })),
  /** How many there were. */
  changed_files_total: v.number(),
  /** The newest, oldest first. */
  messages: v.array(
    v.object({ from: v.string(), to: v.optional(v.string()), content: v.string() }),
  ),
  /** What the person told the planner. */
  answers: v.array(v.object({ question: v.string(), answer: v.string() })),
})
export type PreviousRun = v.InferOutput<typeof PreviousRun>
