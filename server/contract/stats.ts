import * as v from 'valibot'

/** One look at an agent's container, in the reference's words. Sizes in bytes, percentages from 0 (CPU: 100 per core). */
export const ContainerStats = v.object({
  cpu_percent: v.number(),
  memory_usage: v.number(),
  memory_limit: v.number(),
  memory_percent: v.number(),
  net_rx: v.number(),
  net_tx: v.number(),
  block_read: v.number(),
  block_write: v.number(),
  pids: v.number(),
})
export type ContainerStats = v.InferOutput<typeof ContainerStats>

export const AgentStats = v.object({
  agent_id: v.string(),
  /** Empty for an agent without a subtask, such as the planner. */
  subtask_id: v.string(),
  role: v.string(),
  container_id: v.string(),
  stats: ContainerStats,
})
export type AgentStats = v.InferOutput<typeof AgentStats>

export const TaskStats = v.object({
  task_id: v.string(),
  agents: v.array(AgentStats),
  timestamp: v.string(),
})
export type TaskStats = v.InferOutput<typeof TaskStats>

/** What is known of an agent's rate limit, in the reference's words. */
export const RateState = v.object({
  agent_id: v.string(),
  task_id: v.string(),
  is_limited: v.boolean(),
  retry_in_seconds: v.number(),
  attempt: v.number(),
  max_retries: v.number(),
  message: v.string(),
  /** The zero time of the reference when the API did not say. */
  reset_at: v.string(),
  detected_at: v.string(),
})
export type RateState = v.InferOutput<typeof RateState>
