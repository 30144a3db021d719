/** Sends what the rows say is due. In memory is only what is being sent, so a restart goes on where the rows are: at least once, under the same id. */
import type { Vault } from '#auth/vault.ts'
import { toMessage } from '#contract/errors.ts'
import type { Db } from '#db/open.ts'
import {
  findWebhook,
  findWebhookDelivery,
  listDueDeliveries,
  nextDeliveryAt,
  pruneWebhookDeliveries,
  updateWebhookDelivery,
  type WebhookDeliveryRow,
} from '#db/outgoing-webhooks.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import { type Posted, post } from './post.ts'
import { signedHeaders } from './sign.ts'

export type SenderOptions = {
  db: Db
  vault: Pick<Vault, 'open'>
  clock: Clock
  log: Log
  /** Of one attempt. */
  timeoutMs?: number
}

export type Sender = {
  /** From now on what is due is sent. */
  start(): void
  /** The rows have changed. */
  wake(): void
  /** What is being sent is broken off; it is sent again by the next start. */
  close(): Promise<void>
}

const maxAtOnce = 4
/** Until the next attempt, after the first, the second and so on: eight attempts in all, over some eighteen hours. */
export const pausesMs = [5, 60, 300, 1800, 7200, 18_000, 36_000].map((seconds) => seconds * 1000)
const keptDeliveries = 200
/** Until rows that could not be written are looked at again. */
const troublePauseMs = 30_000

export function createSender(options: SenderOptions): Sender {
  const { db, clock, log } = options
  const closing = new AbortController()
  const underWay = new Map<string, Promise<void>>()
  let isStarted = false
  let alarm: AbortController | undefined

  const begin = (row: WebhookDeliveryRow): void => {
    const work = sendOnce(options, row, closing.signal)
      .catch((error: unknown) => {
        if (closing.signal.aborted) return
        log.error('webhook delivery not written down', { id: row.id, error: toMessage(error) })
        return clock.sleep(troublePauseMs, closing.signal).catch(() => {})
      })
      .finally(() => {
        underWay.delete(row.id)
        wake()
      })
    underWay.set(row.id, work)
  }
  const wake = (): void => {
    if (!isStarted || closing.signal.aborted) return
    alarm?.abort()
    const now = clock.now()
    for (const row of listDueDeliveries(db, now, 2 * maxAtOnce))
      if (underWay.size < maxAtOnce && !underWay.has(row.id)) begin(row)
    const next = nextDeliveryAt(db, now)
    if (next === undefined) return
    const waiting = new AbortController()
    alarm = waiting
    // An abort means that another time was set, or none.
    clock.sleep(next - now, AbortSignal.any([waiting.signal, closing.signal])).then(wake, () => {})
  }
  return {
    wake,
    start() {
      isStarted = true
      wake()
    },
    async close() {
      closing.abort()
      alarm?.abort()
      await Promise.all(underWay.values())
    },
  }
}

async function sendOnce(
  options: SenderOptions,
  row: WebhookDeliveryRow,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = options
  const posted = await attempt(options, row, signal)
  db.transaction((tx) => {
    // Removed meanwhile, with its webhook.
    if (findWebhookDelivery(tx, row.id)?.state !== 'waiting') return
    const attempts = row.attempts + 1
    const { status = null, error = null } = posted
    const next = becomes(posted, attempts, clock.now())
    updateWebhookDelivery(tx, row.id, { attempts, status, error, ...next })
    if (next.endedAt !== null) pruneWebhookDeliveries(tx, keptDeliveries)
  })
}

function becomes(
  { isTaken, status }: Posted,
  attempts: number,
  now: number,
): Pick<WebhookDeliveryRow, 'state' | 'nextAt' | 'endedAt'> {
  if (isTaken) return { state: 'delivered', nextAt: now, endedAt: now }
  const pauseMs = status === 410 ? undefined : pausesMs[attempts - 1]
  if (pauseMs === undefined) return { state: 'failed', nextAt: now, endedAt: now }
  return { state: 'waiting', nextAt: now + pauseMs, endedAt: null }
}

async function attempt(
  { db, vault, clock, timeoutMs = 15_000 }: SenderOptions,
  { id, body }: WebhookDeliveryRow,
  signal: AbortSignal,
): Promise<Posted> {
  const webhook = findWebhook(db)
  if (!webhook) return { isTaken: false, error: 'There is no webhook any more.' }
  let headers: Record<string, string>
  try {
    headers = signedHeaders({ id, body, at: clock.now() }, vault.open(webhook.secretId))
  } catch (error) {
    return { isTaken: false, error: toMessage(error) }
  }
  return await post({ url: webhook.url, headers, body, timeoutMs, signal })
}
