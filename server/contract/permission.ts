/** Agents that ask before they use a tool, and what a person says to it. */
import * as v from 'valibot'

/**
 * How an agent's CLI asks, in its own words (`--permission-mode`): `bypassPermissions` never asks, because the container is the sandbox;
 * `acceptEdits` asks before commands and whatever leaves the workspace; `manual` asks before edits as well.
 */
export const permissionModes = ['bypassPermissions', 'acceptEdits', 'manual'] as const
export const PermissionMode = v.picklist(permissionModes)
export type PermissionMode = v.InferOutput<typeof PermissionMode>

/**
 * `withdrawn`: nobody can answer any more, `note` says why. An answer counts from the moment it is stored; one that the agent did not live to
 * hear becomes `withdrawn` too.
 */
export const permissionStatuses = ['pending', 'allowed', 'denied', 'withdrawn'] as const
export const PermissionStatus = v.picklist(permissionStatuses)
export type PermissionStatus = v.InferOutput<typeof PermissionStatus>

export const PermissionScope = v.picklist(['once', 'task'])
export type PermissionScope = v.InferOutput<typeof PermissionScope>

const ToolInput = v.record(v.string(), v.unknown())

export const Permission = v.object({
  id: v.string(),
  task_id: v.string(),
  agent_id: v.string(),
  subtask_id: v.optional(v.string()),
  /** Of the CLI: `Bash`, `Write`, `mcp__server__tool`, ... */
  tool: v.string(),
  /** Exactly what the tool would be called with: a `command`, a `file_path` and its `content`, ... Never cut. */
  input: ToolInput,
  /** The agent's own words about it. */
  description: v.optional(v.string()),
  /** Why the CLI asks, in its words. */
  reason: v.optional(v.string()),
  /** What it may not touch without being asked. */
  blocked_path: v.optional(v.string()),
  /** What "allow for this task" would allow from now on, such as `Bash(npm test *)`. Empty: it can only be allowed once. */
  rules: v.array(v.string()),
  status: PermissionStatus,
  /** Of an allowed one. */
  scope: v.optional(PermissionScope),
  /** What the tool was called with instead. */
  changed_input: v.optional(ToolInput),
  /** What the agent was told when it was denied. */
  message: v.optional(v.string()),
  /** The agent has heard the answer. */
  delivered: v.boolean(),
  /** Why it was withdrawn, as a sentence. */
  note: v.optional(v.string()),
  asked_at: v.string(),
  answered_at: v.optional(v.string()),
})
export type Permission = v.InferOutput<typeof Permission>

export const AnswerPermission = v.variant(
  'decision',
  [
    v.strictObject({
      decision: v.literal('allow'),
      /** `task`: also from now on, by the rules that the prompt names, for every agent of the task. */
      scope: v.optional(PermissionScope, 'once'),
      /** What the tool is called with instead of what was asked. */
      input: v.optional(ToolInput),
    }),
    v.strictObject({
      decision: v.literal('deny'),
      /** What the agent reads as the result of its call. */
      message: v.optional(
        v.pipe(
          v.string(),
          v.trim(),
          v.maxLength(20_000, 'A reason may have at most 20000 characters.'),
        ),
        '',
      ),
    }),
  ],
  'decision is either "allow" or "deny".',
)
export type AnswerPermission = v.InferOutput<typeof AnswerPermission>
