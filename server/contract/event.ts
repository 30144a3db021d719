import * as v from 'valibot'

/**
 * The event log: every state change of a task, in order. `seq` counts per task without holes, so a client
 * resumes with the last one it saw. Adding a type is compatible; changing the meaning of one is not.
 */
export const eventTypes = [
  'task.created',
  'task.started',
  'task.status',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.paused',
  'task.resumed',
  'task.renamed',
  'task.permission-mode',
  'task.frozen',
  'task.unfrozen',
  'task.recovered',
  'task.relaunched',
  'task.forked',
  'source.progress',
  'source.ready',
  'setup.started',
  'setup.image',
  'setup.step',
  'setup.ready',
  'setup.failed',
  'setup.skipped',
  'planner.question',
  'agent.question',
  'question.answered',
  'plan.generated',
  'plan.invalid',
  'plan.modified',
  'plan.approved',
  'subtask.queued',
  'subtask.started',
  'subtask.retrying',
  'subtask.integrating',
  'subtask.completed',
  'subtask.failed',
  'subtask.skipped',
  'subtask.conflict',
  'subtask.resolving',
  'review.completed',
  'result.testing',
  'result.tested',
  'result.sent-back',
  'result.accepted',
  'agent.created',
  'agent.status',
  'agent.activity',
  'agent.usage',
  'agent.input',
  'agent.retrying',
  'agent.interrupted',
  'agent.frozen',
  'agent.unfrozen',
  'agent.model',
  'agent.restarted',
  'agent.taken-out',
  'agent.shell',
  'agent.rate-limit',
  'permission.asked',
  'permission.answered',
  'permission.withdrawn',
  'message.sent',
  'delivery.started',
  'delivery.pushed',
  'delivery.pull-request',
  'delivery.completed',
  'delivery.failed',
  'pull-request.state',
  'pull-request.check',
  'pull-request.comment',
  'follow-up.waiting',
  'follow-up.started',
  'follow-up.ended',
  'checkpoint.taken',
  'checkpoint.failed',
  'checkpoint.removed',
  'checkpoint.restored',
  'checkpoint.restore-failed',
  'output.removed',
  'uploads.removed',
  'files.uploaded',
  'file.changed',
  'review.sent',
  'changes.discarded',
  'changes.restored',
] as const
export const EventType = v.picklist(eventTypes)
export type EventType = v.InferOutput<typeof EventType>

export const TaskEvent = v.object({
  /** Instance-wide order. */
  id: v.number(),
  task_id: v.string(),
  /** Order within the task, from 1. */
  seq: v.number(),
  type: EventType,
  agent_id: v.optional(v.string()),
  subtask_id: v.optional(v.string()),
  /** Facts of the event; its keys depend on the type. */
  data: v.record(v.string(), v.unknown()),
  created_at: v.string(),
})
export type TaskEvent = v.InferOutput<typeof TaskEvent>

/** A page of events, oldest first unless asked for otherwise. */
export const EventList = v.object({
  events: v.array(TaskEvent),
  /** Position of the last one: `seq` in the list of a task, `id` in that of the installation. Pass it as `after` to go on. */
  last: v.number(),
  /** There is more already. */
  more: v.boolean(),
  next_cursor: v.optional(v.nullable(v.string())),
})
export type EventList = v.InferOutput<typeof EventList>

/** A message between agents or from a person, as the reference's `/messages` routes show it. */
export const TeamMessage = v.object({
  id: v.number(),
  task_id: v.string(),
  from_agent_id: v.optional(v.string()),
  from_subtask_id: v.optional(v.string()),
  to_agent_id: v.optional(v.string()),
  to_subtask_id: v.optional(v.string()),
  msg_type: v.picklist(['message', 'context', 'system', 'directive', 'summary']),
  content: v.string(),
  /** How far it has come with each part of the team that it is for: `sent` is on its way into the conversation. */
  deliveries: v.optional(
    v.array(v.object({ to: v.string(), state: v.picklist(['waiting', 'sent', 'read']) })),
  ),
  created_at: v.string(),
})
export type TeamMessage = v.InferOutput<typeof TeamMessage>

/** What a message is to who reads it: said, given to be done, told of work that was done, or noted by the server. */
export const messageKinds = {
  message: ['message'],
  directive: ['directive'],
  report: ['context', 'summary'],
  signal: ['system'],
} as const satisfies Record<string, readonly TeamMessage['msg_type'][]>
export type MessageKind = keyof typeof messageKinds
export const MessageKind = v.picklist(['message', 'directive', 'report', 'signal'])

export const PostMessage = v.object({
  from: v.pipe(v.string(), v.trim(), v.nonEmpty('from is required.'), v.maxLength(64)),
  content: v.pipe(v.string(), v.trim(), v.nonEmpty('content is required.'), v.maxLength(100_000)),
  to: v.optional(v.pipe(v.string(), v.maxLength(64))),
  /** Chosen by the sender: a message sent again under the same id is the same message, and told once. */
  id: v.optional(v.pipe(v.string(), v.uuid('id must be a UUID.'))),
})
export type PostMessage = v.InferOutput<typeof PostMessage>
