/**
 * Whether what a forge sends by itself is from somebody who knows the secret that was agreed on. From the forges' own documents:
 * GitHub, "Validating webhook deliveries": `X-Hub-Signature-256: sha256=<hex HMAC-SHA256 of the body>`;
 * Bitbucket Cloud, "Manage webhooks", and Data Center, "Manage webhooks": the same in `X-Hub-Signature`;
 * Gitea, "Webhooks", and Forgejo: `X-Gitea-Signature`, the hex digits alone;
 * GitLab, "Webhooks": the secret itself in `X-Gitlab-Token`, and no signature.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ForgeKind } from '#contract/delivery.ts'

export type Signed = {
  header: (name: string) => string | undefined
  /** As it came. */
  body: Uint8Array
}

/** The header that is read, and what its digits stand behind. */
const signatures: Record<Exclude<ForgeKind, 'gitlab'>, { header: string; prefix: string }> = {
  github: { header: 'x-hub-signature-256', prefix: 'sha256=' },
  bitbucket: { header: 'x-hub-signature', prefix: 'sha256=' },
  'bitbucket-server': { header: 'x-hub-signature', prefix: 'sha256=' },
  gitea: { header: 'x-gitea-signature', prefix: '' },
}

/** Takes as long whatever is wrong with it. An empty secret opens nothing. */
export function isSigned(kind: ForgeKind, { header, body }: Signed, secret: string): boolean {
  if (secret === '') return false
  if (kind === 'gitlab') return isSame(header('x-gitlab-token') ?? '', secret)
  const { header: name, prefix } = signatures[kind]
  const hmac = createHmac('sha256', secret).update(body).digest('hex')
  return isSame(header(name) ?? '', `${prefix}${hmac}`)
}

/** Of digests: they are of one length, which the values need not be. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Of a forge whose address does not tell: by a header that only it sends. Gitea sends GitHub's as well. */
export function kindOfSender(header: Signed['header']): ForgeKind | undefined {
  const own: [string, ForgeKind][] = [
    ['x-gitea-signature', 'gitea'],
    ['x-gitlab-token', 'gitlab'],
    ['x-hub-signature-256', 'github'],
    ['x-hub-signature', 'bitbucket-server'],
  ]
  return own.find(([name]) => header(name) !== undefined)?.[1]
}
