/** The headers with which a forge sends a webhook. */
import { createHmac } from 'node:crypto'
import type { ForgeKind } from '#contract/delivery.ts'

export function signed(
  kind: ForgeKind,
  secret: string,
  body: string | Uint8Array,
): Record<string, string> {
  const hmac = createHmac('sha256', secret).update(body).digest('hex')
  const headers: Record<ForgeKind, Record<string, string>> = {
    github: { 'x-hub-signature-256': `sha256=${hmac}` },
    gitlab: { 'x-gitlab-token': secret },
    bitbucket: { 'x-hub-signature': `sha256=${hmac}` },
    'bitbucket-server': { 'x-hub-signature': `sha256=${hmac}` },
    // For programs that know GitHub only it sends that header as well.
    gitea: { 'x-gitea-signature': hmac, 'x-hub-signature-256': `sha256=${hmac}` },
  }
  return { 'content-type': 'application/json', ...headers[kind] }
}
