/**
 * Teams: who takes part in a task, and what each part may do. A task keeps the team as it was when the task was made
 * (`TeamSnapshot`), so that changing or deleting a template changes no task.
 */
import * as v from 'valibot'
import { PermissionMode } from './permission.ts'

/** `collaborative`: a manager directs workers; the other two as in `RunMode`. */
export const teamModes = ['sequential', 'parallel', 'collaborative'] as const
export const TeamMode = v.picklist(teamModes)
export type TeamMode = v.InferOutput<typeof TeamMode>

const Tools = v.nullish(
  v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.trim(),
        v.regex(
          /^[A-Za-z][\w-]*(\([^\n\r]{1,500}\))?$/,
          'A tool is written as the CLI names it, such as Edit or Bash(git log:*).',
        ),
      ),
    ),
    v.maxLength(100),
  ),
  [],
)

export const TeamRole = v.object({
  name: v.pipe(
    v.string(),
    v.trim(),
    v.regex(
      /^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$/,
      'The name of a role has 1 to 40 letters, digits, spaces or dashes.',
    ),
  ),
  /** For the planner: what this role is for. */
  description: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(2000)), ''),
  /** For its agents: how to work. */
  prompt_hint: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(20_000)), ''),
  /** Agents of this role at work at the same time; 0: no limit of its own. */
  max_instances: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)), 0),
  /** Its subtasks begin when all subtasks of other roles have ended. */
  run_last: v.nullish(v.boolean(), false),
  /** The task's when absent; a subtask may name another. */
  model: v.nullish(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^([A-Za-z0-9][A-Za-z0-9._:/[\]@-]{0,127})?$/,
        'A model is a name such as "opus" or a full model id.',
      ),
    ),
    '',
  ),
  /** How its agents ask before they use a tool; the task's when absent. */
  permission_mode: v.nullish(PermissionMode),
  /** Rules of the CLI for what needs no asking; of no effect for agents that never ask. */
  allowed_tools: Tools,
  /** Rules of the CLI for what its agents may not do, asked or not. */
  disallowed_tools: Tools,
})
export type TeamRole = v.InferOutput<typeof TeamRole>

const shape = {
  name: v.pipe(v.string(), v.trim(), v.nonEmpty('Give the team a name.'), v.maxLength(100)),
  description: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(2000)), ''),
  /** Agents of a task at work at the same time. Zero or less, as the reference sends it for "not set", is 3. */
  max_agents: v.nullish(v.pipe(v.number(), v.integer(), v.maxValue(64)), 0),
  /** A reviewer looks over the result at the end. */
  review: v.nullish(v.boolean(), false),
  /** How often its work is sent back, by a reviewer or a manager, before a person is asked; the configuration's when absent. */
  max_fix_rounds: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20))),
  /** Subtasks that name the same files in `files_involved` are not worked on at the same time. */
  serialize_conflicts: v.nullish(v.boolean(), false),
  /** Empty: the planner gives roles as it likes. */
  roles: v.nullish(v.pipe(v.array(TeamRole), v.maxLength(20)), []),
  mode: v.nullish(TeamMode, 'sequential'),
  /** Chosen beforehand where a person makes a task. At most one team is. */
  is_default: v.nullish(v.boolean(), false),
}

export const SaveTeam = v.object(shape)
export type SaveTeam = v.InferOutput<typeof SaveTeam>

/** What is absent stays as it is. */
export const UpdateTeam = v.partial(v.object(shape))
export type UpdateTeam = v.InferOutput<typeof UpdateTeam>

/** As a file has it: a key that is not known is a mistake there. */
export const TeamFile = v.strictObject({
  ...shape,
  roles: v.nullish(v.pipe(v.array(v.strictObject(TeamRole.entries)), v.maxLength(20)), []),
})

export const TeamSnapshot = v.object({
  id: v.string(),
  name: v.string(),
  description: v.string(),
  max_agents: v.number(),
  review: v.boolean(),
  max_fix_rounds: v.nullish(v.number()),
  serialize_conflicts: v.optional(v.boolean()),
  roles: v.array(TeamRole),
  mode: TeamMode,
})
export type TeamSnapshot = v.InferOutput<typeof TeamSnapshot>

export const TeamTemplate = v.object({
  ...TeamSnapshot.entries,
  is_default: v.boolean(),
  created_at: v.string(),
  updated_at: v.string(),
})
export type TeamTemplate = v.InferOutput<typeof TeamTemplate>

export const TeamList = v.object({ templates: v.array(TeamTemplate) })

export const ImportTeam = v.object({
  /** The file's text. */
  yaml: v.pipe(v.string(), v.nonEmpty('The file is empty.'), v.maxLength(200_000)),
  /** Changes the team of the same name, when there is one. */
  replace: v.optional(v.boolean(), false),
})
export type ImportTeam = v.InferOutput<typeof ImportTeam>
