/**
 * What a forge tells by itself. Whoever sends it must know the secret, and even then nothing is taken from it but names: what has become of
 * anything is asked through the forge's API.
 */
import type { DeliverySettings } from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import { kindOf } from '#forges/locate.ts'
import { isSigned, kindOfSender, type Signed } from '#forges/signatures.ts'

export type Notice = {
  /** Whether it names something: a commit, a branch, an address. */
  names(what: string): boolean
  /** Number of the issue it is about; absent when it is about something else, a comment included. */
  issue?: number
}

type From = { url: string; settings: Pick<DeliverySettings, 'forge'>; secret: string }

/** Throws `auth.refused` when its signature is wrong or missing, `request.invalid` when it is not JSON. */
export function readNotice({ url, settings, secret }: From, sent: Signed): Notice {
  const known = settings.forge ?? (URL.canParse(url) ? kindOf(new URL(url)) : undefined)
  const kind = known ?? kindOfSender(sent.header)
  if (!kind || !isSigned(kind, sent, secret))
    throw new AppError(
      'auth.refused',
      'The signature is missing or wrong. Give the forge and the repository template the same webhook secret.',
    )
  const content = parse(sent)
  const texts = textsOf(content)
  const issue = issueOf(content)
  return { names: (what) => texts.has(what), ...(issue === undefined ? {} : { issue }) }
}

/** GitHub and Gitea send a form when they are told to, with the JSON in one of its fields. */
function parse({ header, body }: Signed): unknown {
  const text = new TextDecoder().decode(body)
  const isForm = header('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false
  const json = isForm ? (new URLSearchParams(text).get('payload') ?? '') : text
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new AppError('request.invalid', 'The body is not valid JSON.', { cause })
  }
}

/** Branches also without `refs/heads/`. However deep it is: nothing calls itself. */
function textsOf(content: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const left: unknown[] = [content]
  for (let next = left.pop(); next !== undefined || left.length > 0; next = left.pop()) {
    if (typeof next === 'string') found.add(next).add(next.replace(/^refs\/heads\//, ''))
    else if (typeof next === 'object' && next !== null)
      for (const value of Object.values(next)) left.push(value)
  }
  return found
}

/** GitLab numbers it in `object_attributes.iid`, Bitbucket Cloud in `issue.id`, the others in `issue.number`. */
function issueOf(content: unknown): number | undefined {
  const kind = at(content, 'object_kind')
  if (kind === 'issue' || kind === 'work_item')
    return toNumber(at(at(content, 'object_attributes'), 'iid'))
  const issue = at(content, 'issue')
  const isOther = at(content, 'comment') !== undefined || at(issue, 'pull_request') != null
  if (kind !== undefined || isOther) return undefined
  return toNumber(at(issue, 'number') ?? at(issue, 'id'))
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined

const toNumber = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined
