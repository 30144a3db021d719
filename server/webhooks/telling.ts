import type { TaskEvent } from '#contract/event.ts'
import type { WebhookKind, WebhookPayload, WebhookType } from '#contract/outgoing-webhook.ts'
import type { Tx } from '#db/open.ts'
import { findWebhook, insertWebhookDelivery } from '#db/outgoing-webhooks.ts'
import { findTask } from '#db/tasks.ts'

/** What an event is to somebody who is told. Only what begins to wait for a person counts, not what a running task does by itself. */
export function kindOf({ type, data }: TaskEvent): WebhookKind | undefined {
  switch (type) {
    case 'task.completed':
    case 'task.failed':
      return type
    case 'task.status':
      // A plan that is approved by itself never waits there.
      return data.to === 'planned' && data.from !== 'planned' ? 'attention.needed' : undefined
    case 'planner.question':
    case 'agent.question':
    case 'permission.asked':
    case 'subtask.failed':
    case 'follow-up.waiting':
      return 'attention.needed'
    default:
      return undefined
  }
}

/** Writes down that an event is to be told, in the transaction that records it. True when it is. */
export function tellIn(tx: Tx, event: TaskEvent, newId: () => string): boolean {
  const kind = kindOf(event)
  if (kind === undefined) return false
  const webhook = findWebhook(tx)
  const task = webhook?.kinds.includes(kind) ? findTask(tx, event.task_id) : undefined
  if (!task) return false
  const about = { reason: event.type, task: { id: task.id, name: task.name } }
  enqueue(tx, newId(), {
    type: kind,
    timestamp: event.created_at,
    data: {
      ...about,
      ...(event.subtask_id && { subtask_id: event.subtask_id }),
      ...(event.agent_id && { agent_id: event.agent_id }),
      path: `/tasks/${task.id}`,
    },
  })
  return true
}

export function enqueue(tx: Tx, id: string, payload: WebhookPayload & { type: WebhookType }): void {
  insertWebhookDelivery(tx, {
    id,
    type: payload.type,
    taskId: payload.data.task?.id ?? null,
    body: JSON.stringify(payload),
    createdAt: Date.parse(payload.timestamp),
  })
}
