/** What agents spend, and how much of the Claude account's windows is used. */
import * as v from 'valibot'
import { AgentKind, AgentStatus, Usage } from './agent.ts'

const Spent = {
  /** As the CLI reckons it, at API prices. */
  cost_usd: v.number(),
  /** Answers of the model. */
  turns: v.number(),
  tool_calls: v.number(),
  usage: Usage,
}

export const AgentUsage = v.object({
  agent_id: v.string(),
  subtask_id: v.optional(v.string()),
  role: v.string(),
  kind: AgentKind,
  model: v.string(),
  status: AgentStatus,
  attempt: v.number(),
  /** From its start to its end, or to now. Absent before its start. */
  duration_ms: v.optional(v.number()),
  ...Spent,
})
export type AgentUsage = v.InferOutput<typeof AgentUsage>

export const ModelUsage = v.object({ model: v.string(), agents: v.number(), ...Spent })
export type ModelUsage = v.InferOutput<typeof ModelUsage>

/** What was spent in one span of time. Figures come with the end of a turn, so that is where they count. */
export const UsageSpan = v.object({ from: v.string(), cost_usd: v.number(), tokens: v.number() })
export type UsageSpan = v.InferOutput<typeof UsageSpan>

export const TaskUsage = v.object({
  task_id: v.string(),
  ...Spent,
  /** The dearest first. */
  agents: v.array(AgentUsage),
  models: v.array(ModelUsage),
  over_time: v.object({ span_seconds: v.number(), spans: v.array(UsageSpan) }),
})
export type TaskUsage = v.InferOutput<typeof TaskUsage>

/** One window of a Claude subscription, as an agent heard of it last. */
export const UsageWindow = v.object({
  /** five_hour, seven_day, seven_day_opus, seven_day_sonnet, overage, ... */
  name: v.string(),
  status: v.picklist(['allowed', 'allowed_warning', 'rejected']),
  /** 0 to 1. */
  utilization: v.optional(v.number()),
  resets_at: v.optional(v.string()),
  seen_at: v.string(),
})
export type UsageWindow = v.InferOutput<typeof UsageWindow>

/** The whole installation: its agents share one Claude account. */
export const InstallationUsage = v.object({
  /** Windows that have not reset since; empty with an API key, which has none. */
  windows: v.array(UsageWindow),
  /** Present while the account is used up: agents that need the model go on by themselves when this window resets. */
  reached: v.optional(
    v.object({ window: v.string(), resets_at: v.optional(v.string()), seen_at: v.string() }),
  ),
  /** Cost of each hour from `since` on, the present one included. */
  hours: v.array(v.object({ from: v.string(), cost_usd: v.number() })),
})
export type InstallationUsage = v.InferOutput<typeof InstallationUsage>
