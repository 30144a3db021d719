/** One address outside that is told of what happens. The telling never holds anything up: rows are written with the event, and sent afterwards. */

import type { Vault } from '#auth/vault.ts'
import { AppError } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { SetWebhook, WebhookDelivery, WebhookState } from '#contract/outgoing-webhook.ts'
import type { Tx } from '#db/open.ts'
import {
  deleteWebhook,
  findWebhook,
  listWebhookDeliveries,
  saveWebhook,
  type WebhookDeliveryRow,
} from '#db/outgoing-webhooks.ts'
import { toIso } from '#lib/clock.ts'
import { createSender, type SenderOptions } from './sender.ts'
import { enqueue, tellIn } from './telling.ts'

export type Webhooks = {
  state(): WebhookState
  /** Throws `request.invalid` for a first one without a secret. A new secret counts from the next attempt on. */
  set(input: SetWebhook): WebhookState
  /** With what waited to be told. */
  remove(): WebhookState
  /** Sends something now. Throws `webhook.not-found`. */
  test(): WebhookState
  /** In the transaction that records the event. */
  tell(tx: Tx, event: TaskEvent): void
  /** Rows were committed: what is due is sent. */
  wake(): void
  start(): void
  close(): Promise<void>
}

type Options = SenderOptions & { vault: Vault; newId: () => string }

const listed = 20
const theOne = 'main'

export function createWebhooks(options: Options): Webhooks {
  const { db, vault, clock, newId } = options
  const sender = createSender(options)
  const state = (): WebhookState => {
    const row = findWebhook(db)
    return {
      webhook: row ? { url: row.url, kinds: row.kinds, updated_at: toIso(row.updatedAt) } : null,
      deliveries: listWebhookDeliveries(db, listed).map(toDelivery),
    }
  }
  return {
    state,
    set({ url, secret, kinds }) {
      db.transaction((tx) => {
        const old = findWebhook(tx)
        if (secret === undefined && !old)
          throw new AppError(
            'request.invalid',
            'A webhook needs a secret to sign with: whsec_ followed by 24 to 64 bytes in base64.',
          )
        const secretId = secret === undefined ? (old?.secretId ?? '') : vault.seal(tx, secret)
        const unique = [...new Set(kinds)]
        saveWebhook(tx, { id: theOne, url, secretId, kinds: unique, updatedAt: clock.now() })
        if (old && secret !== undefined) vault.remove(tx, old.secretId)
      })
      sender.wake()
      return state()
    },
    remove() {
      db.transaction((tx) => {
        const old = findWebhook(tx)
        deleteWebhook(tx)
        if (old) vault.remove(tx, old.secretId)
      })
      return state()
    },
    test() {
      db.transaction((tx) => {
        if (!findWebhook(tx))
          throw new AppError('webhook.not-found', 'There is no webhook. Set its address first.')
        const timestamp = toIso(clock.now())
        enqueue(tx, newId(), { type: 'webhook.test', timestamp, data: { path: '/' } })
      })
      sender.wake()
      return state()
    },
    tell(tx, event) {
      tellIn(tx, event, newId)
    },
    wake: sender.wake,
    start: sender.start,
    close: sender.close,
  }
}

function toDelivery(row: WebhookDeliveryRow): WebhookDelivery {
  const { id, type, state, attempts } = row
  return {
    ...{ id, type, state, attempts, created_at: toIso(row.createdAt) },
    ...(row.taskId !== null && { task_id: row.taskId }),
    ...(row.status !== null && { status: row.status }),
    ...(row.error !== null && { error: row.error }),
    ...(state === 'waiting' && { next_at: toIso(row.nextAt) }),
  }
}
