import * as v from 'valibot'
import { Model } from './model.ts'
import { RestoredFrom } from './restore.ts'

export const agentKinds = ['planner', 'worker', 'manager', 'reviewer', 'resolver'] as const
export const AgentKind = v.picklist(agentKinds)
export type AgentKind = v.InferOutput<typeof AgentKind>

/**
 * The reference's words plus `queued` (waits for a slot) and `lost` (its container vanished and could
 * not be brought back). `created` covers everything from its row to its first turn.
 */
export const agentStatuses = [
  'queued',
  'created',
  'running',
  'completed',
  'failed',
  'stopped',
  'lost',
] as const
export const AgentStatus = v.picklist(agentStatuses)
export type AgentStatus = v.InferOutput<typeof AgentStatus>

/** Finer detail inside the status: what the container or the CLI is doing. */
export const agentPhases = [
  'preparing',
  'warm',
  'working',
  /** It waits for a person to allow what it wants to do. */
  'awaiting_permission',
  'idle',
  'collecting',
  'stopping',
] as const
export const AgentPhase = v.picklist(agentPhases)
export type AgentPhase = v.InferOutput<typeof AgentPhase>

/** Cumulative over the agent's life, as the CLI's own `modelUsage` counts it (main loop and subagents). */
export const Usage = v.object({
  input_tokens: v.number(),
  output_tokens: v.number(),
  cache_read_tokens: v.number(),
  cache_write_tokens: v.number(),
})
export type Usage = v.InferOutput<typeof Usage>

const OutputRemoved = v.object({ at: v.string(), bytes: v.number(), days: v.optional(v.number()) })

export const Agent = v.object({
  id: v.string(),
  task_id: v.string(),
  subtask_id: v.optional(v.string()),
  /** The part it plays in the plan, for example `developer`; equal to `kind` when the plan names none. */
  role: v.string(),
  kind: AgentKind,
  status: AgentStatus,
  phase: v.nullable(AgentPhase),
  container_id: v.optional(v.string()),
  /** The CLI's session, for `claude --resume`. */
  session_id: v.optional(v.string()),
  model: v.string(),
  attempt: v.number(),
  /** Place in the queue for a slot, 1 is next; present only while `queued`. */
  queue_position: v.optional(v.number()),
  exit_code: v.optional(v.number()),
  error: v.optional(v.string()),
  /** Final words of its last turn. */
  result: v.optional(v.string()),
  /** What it is doing in one line, from its latest tool call. */
  activity: v.optional(v.string()),
  turns: v.number(),
  cost_usd: v.number(),
  usage: Usage,
  /** Bytes of output stored so far. */
  output_bytes: v.number(),
  /** Present once output was removed to make room: when, how much, and after how many days where its age was the reason. */
  output_removed: v.optional(OutputRemoved),
  /** Present when it goes on from files and conversation of a checkpoint. */
  restored_from: v.optional(RestoredFrom),
  /** It waits for a person, who was asked a question or is to decide about a review; for a permission its `phase` says so. */
  asks_person: v.optional(v.boolean()),
  /** A person has frozen it: it does nothing, and no limit counts, until it is unfrozen. */
  frozen_since: v.optional(v.string()),
  created_at: v.string(),
  started_at: v.optional(v.string()),
  completed_at: v.optional(v.string()),
})
export type Agent = v.InferOutput<typeof Agent>

/** Agents of the whole installation, with the slots they share. */
export const AgentList = v.object({
  agents: v.array(Agent),
  next_cursor: v.optional(v.nullable(v.string())),
  slots: v.object({ used: v.number(), total: v.number() }),
  /** The queue for a slot, next one first. */
  waiting: v.array(v.object({ agent_id: v.string(), task_id: v.string(), position: v.number() })),
})
export type AgentList = v.InferOutput<typeof AgentList>

/** When a message should be read. `next`: steer the running turn; `later`: a turn of its own after it. */
export const MessagePriority = v.picklist(['next', 'later'])
export type MessagePriority = v.InferOutput<typeof MessagePriority>

export const SendToAgent = v.object({
  agent_id: v.pipe(v.string(), v.nonEmpty('agent_id is required.'), v.maxLength(64)),
  content: v.pipe(v.string(), v.trim(), v.nonEmpty('content is required.'), v.maxLength(100_000)),
  priority: v.optional(MessagePriority, 'next'),
  /** Chosen by the sender: a message sent again under the same id is the same message, and told once. */
  id: v.optional(v.pipe(v.string(), v.uuid('id must be a UUID.'))),
})
export type SendToAgent = v.InferOutput<typeof SendToAgent>

/**
 * What became of a message to an agent. `queued`: the CLI has it and will read it; `read`: it entered the
 * conversation; `done`: the turn it belonged to ended; `refused`: it was never delivered, `reason` says why.
 */
export const inputStates = ['pending', 'queued', 'read', 'done', 'withdrawn', 'refused'] as const
export const InputState = v.picklist(inputStates)
export type InputState = v.InferOutput<typeof InputState>

export const AgentInput = v.object({
  id: v.string(),
  agent_id: v.string(),
  content: v.string(),
  priority: MessagePriority,
  state: InputState,
  reason: v.optional(v.string()),
  created_at: v.string(),
})
export type AgentInput = v.InferOutput<typeof AgentInput>

/** What an agent uses from its next request on, also after its process was replaced. */
export const ChangeAgent = v.object({ model: Model })
export type ChangeAgent = v.InferOutput<typeof ChangeAgent>

/** `same`: it goes on in its conversation; `fresh`: it forgets it and keeps its files. */
export const RestartAgent = v.object({
  instructions: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty('Say what it should do now.'),
    v.maxLength(100_000),
  ),
  conversation: v.optional(v.picklist(['same', 'fresh']), 'same'),
})
export type RestartAgent = v.InferOutput<typeof RestartAgent>

/** What becomes of what a worker has made that is taken out of its team. */
export const TakeOut = v.object({ work: v.picklist(['keep', 'drop']) })
export type TakeOut = v.InferOutput<typeof TakeOut>

/** As it is stored. The turn `turnId` ends where it is, and the next one begins with these words. */
export type AgentRestart = {
  turnId: string
  instructions: string
  conversation: 'same' | 'fresh'
  /** Of a fresh conversation. */
  sessionId?: string
}
