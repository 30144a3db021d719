import { createHmac } from 'node:crypto'
import { secretPrefix } from '#contract/outgoing-webhook.ts'

export type Signed = { id: string; body: string; at: number }

/**
 * The headers of one attempt, as the Standard Webhooks specification 1.0.0 has them: HMAC-SHA256 over `id.timestamp.body`, with the bytes that
 * the secret stands for. `at` epoch milliseconds; on the wire seconds.
 */
export function signedHeaders({ id, body, at }: Signed, secret: string): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}
