/** What a forge's refusal means to the person who wants the work delivered. */
import { ForgeError, type ForgeFailure } from './forge.ts'

type About = { host: string; repository: string; needs: string; token: string }

const maxSaid = 300

export function explainStatus(
  { status, body, doing }: { status: number; body: unknown; doing: string },
  about: About,
): ForgeError {
  const said = toLine(messages(body).join(' '), about.token)
  const { reason, sentence } = meaningOf(status, said, { ...about, doing })
  return new ForgeError(reason, sentence, { said })
}

function meaningOf(
  status: number,
  said: string,
  { host, repository, needs, doing }: About & { doing: string },
): { reason: ForgeFailure; sentence: string } {
  const quote = said ? ` It says: ${ended(said)}` : ''
  if (status === 401)
    return {
      reason: 'token',
      sentence: `${host} refused the access token. Give one that is valid and has not expired; it ${needs}.`,
    }
  if (status === 403)
    return {
      reason: 'permission',
      sentence: `${host} does not let this access token ${doing}: it ${needs}.${quote}`,
    }
  if (status === 404)
    return {
      reason: 'not-found',
      sentence: `${host} could not ${doing}: it has no ${repository} that this access token may see, or not what was looked for in it. Check the address; the token ${needs}.${quote}`,
    }
  if (status >= 300 && status < 400)
    return {
      reason: 'not-found',
      sentence: `${host} answers from another address. Give the repository's present address: a token is never sent on.`,
    }
  if (status >= 500)
    return {
      reason: 'unreachable',
      sentence: `${host} has trouble answering (${status}). Deliver again later.`,
    }
  const reason = /already exists|only one pull request may be open/i.test(said)
    ? 'exists'
    : 'refused'
  return {
    reason,
    sentence: `${host} refused to ${doing}.${quote || ` Its answer was ${status}.`}`,
  }
}

export function explainTransport(error: unknown, { host }: Pick<About, 'host'>): ForgeError {
  const said = error instanceof Error ? error.message : String(error)
  const sentence = /certificate|CERT_|self.signed|SSL|TLS/i.test(said)
    ? `The TLS certificate of ${host} is not trusted by this machine. Add its authority to the system's certificates.`
    : `${host} could not be reached, or broke off. Check the address and the network, then deliver again.`
  return new ForgeError('unreachable', sentence, { cause: error })
}

export function rateLimited({ host }: Pick<About, 'host'>, untilMs: number): ForgeError {
  const at = new Date(Math.ceil(untilMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')
  return new ForgeError(
    'rate-limit',
    `${host} takes no more requests with this access token until ${at}. Deliver again after that.`,
    { untilMs },
  )
}

export const unreadable = (
  { host, doing }: { host: string; doing: string },
  where: string,
): ForgeError =>
  new ForgeError(
    'unexpected',
    `${host} answered in a way Klaudio does not know, asked to ${doing}${where && ` (at "${where}")`}. Check which kind of forge it is.`,
  )

/**
 * The sentences in an error body. GitHub and Gitea: `message`, GitHub also `errors` of objects or strings; GitLab: `message` as text,
 * list or lists by field, or `error` with `error_description`; Bitbucket Cloud: `error.message` and `.detail`; Data Center:
 * `errors[].message`.
 */
function messages(body: unknown): string[] {
  if (typeof body === 'string') return [body]
  if (Array.isArray(body)) return body.flatMap(messages)
  if (typeof body !== 'object' || body === null) return []
  // What it holds is looked at field by field.
  const fields = body as Record<string, unknown>
  const known = ['message', 'error', 'error_description', 'detail', 'errors']
  const found = known.flatMap((name) => messages(fields[name]))
  if (found.length > 0) return found
  const { field, code } = fields
  if (typeof field === 'string' && typeof code === 'string') return [`${field} is ${code}.`]
  return Object.entries(fields).flatMap(([name, value]) =>
    Array.isArray(value) ? messages(value).map((text) => `${name}: ${text}`) : [],
  )
}

function toLine(text: string, token: string): string {
  const plain = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
    .replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')
    .replaceAll(token, '***')
    .trim()
  return plain.length <= maxSaid ? plain : `${plain.slice(0, maxSaid - 1)}…`
}

const ended = (sentence: string): string => (/[.!?…]$/.test(sentence) ? sentence : `${sentence}.`)
