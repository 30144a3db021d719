/** What a repository needs before agents start: an image of its own, and setup commands, run once, where what they leave is where agents begin. */
import * as v from 'valibot'
import { RunsIn } from './runs-in.ts'

export const SetupCommands = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty('A setup command is a line for the shell, such as npm ci.'),
      v.maxLength(4000),
      v.check((text) => !text.includes('\0'), 'A setup command is text.'),
    ),
  ),
  v.maxLength(20),
)

/**
 * `waiting`: for its repository, an engine or its turn. `failed`: no agent starts until a person has it tried again, or does without.
 * `skipped`: a person does without.
 */
export const SetupState = v.picklist(['waiting', 'running', 'ready', 'failed', 'skipped'])
export type SetupState = v.InferOutput<typeof SetupState>

export const TaskSetup = v.object({
  state: SetupState,
  /** Those of its devcontainer.json first. */
  commands: v.array(v.string()),
  /** What its agents run in, when that is not the standard image. */
  runs_in: v.optional(RunsIn),
  /** The image of that is there; while it runs and this is false, it is built. */
  has_image: v.optional(v.boolean()),
  /** What of a devcontainer.json is not obeyed, as sentences. */
  notes: v.optional(v.array(v.string())),
  /** Whether the commands see the secrets among the variables. */
  with_secrets: v.boolean(),
  /** Number of the command that runs, or failed; from 1. */
  step: v.optional(v.number()),
  /** Nothing was run: an earlier run with the same commands, files and image had left what is used. */
  from_cache: v.boolean(),
  error: v.optional(v.string()),
  /** Files that the commands made, and that are left out because git does not ignore them: the first few. */
  left_out: v.optional(v.array(v.string())),
  started_at: v.optional(v.string()),
  ended_at: v.optional(v.string()),
})
export type TaskSetup = v.InferOutput<typeof TaskSetup>

/** With what the commands printed: the end of it, secrets replaced by asterisks. */
export const TaskSetupOutput = v.object({ setup: v.nullable(TaskSetup), output: v.string() })
export type TaskSetupOutput = v.InferOutput<typeof TaskSetupOutput>

export const DecideSetup = v.object({
  /** `retry` takes the commands that the repository template has by now; `skip` lets agents start without. */
  do: v.picklist(['retry', 'skip']),
})
export type DecideSetup = v.InferOutput<typeof DecideSetup>

/** What setup commands left, and images that agents run in: kept for tasks to come. */
export const KeptSetup = v.object({
  id: v.string(),
  /** Address of the repository. */
  repository: v.string(),
  /** None for an image that agents run in. */
  commands: v.array(v.string()),
  /** What such an image was made from. */
  from: v.optional(v.string()),
  /** On top of the image that it was made on; of an image that agents run in, all of it, with what others may share. */
  bytes: v.number(),
  made_at: v.string(),
  used_at: v.string(),
  /** Tasks that are not over and start agents from it. */
  tasks: v.number(),
})
export type KeptSetup = v.InferOutput<typeof KeptSetup>

export const KeptSetupList = v.object({ setups: v.array(KeptSetup), bytes: v.number() })
export type KeptSetupList = v.InferOutput<typeof KeptSetupList>
