/** `klaudio webhook ...`: the one address outside that is told of what happens. Its secret goes to the server, and is printed only when it was made here. */
import { exitCodes } from '#cli/exit-codes.ts'
import {
  type SetWebhook,
  secretPrefix,
  type WebhookDelivery,
  type WebhookState,
  webhookKinds,
} from '#contract/outgoing-webhook.ts'
import { systemClock } from '#lib/clock.ts'
import { type Call, fileText, isSet, optionOf, print, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { mayRemove } from './named.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { formatAgo, shortId } from './words.ts'

const path = '/api/outgoing-webhook'

export async function showWebhook(call: Call): Promise<number> {
  const state = await call.api.get<WebhookState>(path)
  await print(call, state, () => render(call, state))
  return 0
}

function render({ terminal, paint }: Call, { webhook, deliveries }: WebhookState): string[] {
  if (!webhook) return ['Nobody is told of anything: there is no webhook.']
  const head = [`${toSafeLine(webhook.url)} is told of ${webhook.kinds.join(', ')}.`]
  if (deliveries.length === 0) return [...head, 'Nothing was told yet.']
  const rows = deliveries.map((one) => [
    shortId(one.id),
    one.type,
    one.state,
    String(one.attempts),
    [one.status, one.error].filter(Boolean).join(' '),
    formatAgo(one.created_at, terminal.now()),
  ])
  return [...head, '', ...renderTable(columns, rows, { width: terminal.columns, paint })]
}

const columns = [
  { title: 'ID' },
  { title: 'WHAT' },
  { title: 'STATE' },
  { title: 'TRIES', align: 'right' },
  { title: 'ANSWER', shrinksTo: 12 },
  { title: 'WHEN' },
] as const

export async function setWebhook(call: Call): Promise<number> {
  const { webhook: old } = await call.api.get<WebhookState>(path)
  const file = optionOf(call, 'secret-from')
  if (file !== undefined && isSet(call, 'new-secret'))
    throw usage('Give a secret with --secret-from or have one made with --new-secret, not both.')
  const given = file === undefined ? undefined : (await fileText(call, file)).trim()
  const isMade = given === undefined && (old === null || isSet(call, 'new-secret'))
  const secret = isMade ? makeSecret() : given
  const body = {
    url: wordOf(call, 0),
    // Values that the command table has checked.
    kinds: (call.options.get('tell') ?? old?.kinds ?? webhookKinds) as SetWebhook['kinds'],
    ...(secret !== undefined && { secret }),
  }
  const state = await call.api.send<WebhookState>('PUT', path, body)
  const answer = isMade ? { ...state, secret } : state
  await print(call, answer, () => [
    `${toSafeLine(body.url)} is told of ${state.webhook?.kinds.join(', ')}.`,
    ...(isMade ? [`It is signed with ${secret}`, 'Keep it: it is not shown again.'] : []),
  ])
  return 0
}

const makeSecret = (): string =>
  secretPrefix + Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')

const lookMs = 200
/** A little longer than the server gives one attempt. */
const patienceMs = 20_000

export async function testWebhook(call: Call): Promise<number> {
  const { deliveries } = await call.api.send<WebhookState>('POST', `${path}/test`)
  const sent = deliveries.find(({ type }) => type === 'webhook.test')
  if (!sent) throw new Failure(exitCodes.failed, 'The server does not say what it sent.')
  const ended = await follow(call, sent)
  await print(call, ended, () => (ended.state === 'delivered' ? ['It was taken.'] : []))
  if (ended.state === 'delivered') return exitCodes.ok
  if (ended.attempts === 0)
    throw new Failure(exitCodes.failed, 'It was not sent in time; "klaudio webhook show" tells.')
  const reason = toSafeLine(ended.error ?? `status ${ended.status}`)
  throw new Failure(exitCodes.failed, `It was not taken: ${reason}`)
}

/** Until its first attempt is over, or for as long as anybody would wait. */
async function follow({ api, terminal }: Call, sent: WebhookDelivery): Promise<WebhookDelivery> {
  const until = terminal.now() + patienceMs
  let known = sent
  while (known.attempts === 0 && terminal.now() < until) {
    await systemClock.sleep(lookMs, terminal.signal)
    const { deliveries } = await api.get<WebhookState>(path)
    known = deliveries.find(({ id }) => id === sent.id) ?? known
  }
  return known
}

export async function removeWebhook(call: Call): Promise<number> {
  const { webhook } = await call.api.get<WebhookState>(path)
  if (!webhook)
    throw new Failure(exitCodes.notFound, 'There is no webhook.', { code: 'webhook.not-found' })
  if (!(await mayRemove(call, `the webhook to ${toSafeLine(webhook.url)}`)))
    return exitCodes.stopped
  const state = await call.api.send<WebhookState>('DELETE', path)
  await print(call, state, () => [`Removed: ${toSafeLine(webhook.url)}`])
  return 0
}
