import { createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import {
  type Webhook,
  type WebhookDelivery,
  type WebhookKind,
  type WebhookState,
  webhookKinds,
} from '#contract/outgoing-webhook.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextField } from '../../components/field.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { makeSecret, removeWebhook, setWebhook, testWebhook, webhook } from '../../data/webhook.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { formatAgo, formatExact, formatSpan } from '../../lib/time.ts'

const refreshMs = 2000
const words: Record<WebhookKind, string> = {
  'attention.needed': 'Something needs a person',
  'task.completed': 'A task is done',
  'task.failed': 'A task failed',
}

/** An address that is told of what happens, and what became of the last things it was told. */
export function WebhookCard(): JSX.Element {
  // What waits to be sent says by itself how it went, once somebody looks.
  onMount(() => {
    const timer = setInterval(() => {
      const waits = webhook.get('all').value?.deliveries.some(({ state }) => state === 'waiting')
      if (waits && !document.hidden) void webhook.refresh('all')
    }, refreshMs)
    onCleanup(() => clearInterval(timer))
  })
  return (
    <section class="card col gap-3 p-3" aria-labelledby="webhook-title">
      <div class="col gap-0.5">
        <h2 id="webhook-title" class="h-part">
          Webhook
        </h2>
        <p class="t3 text-small">
          Klaudio sends a signed request to this address, also when no page is open. Headers and
          signature are those of Standard Webhooks.
        </p>
      </div>
      <Loaded
        entry={webhook.get('all')}
        onRetry={() => void webhook.refresh('all')}
        skeleton={<Skeleton rows={4} height={58} />}
      >
        {(known) => (
          <>
            <Form webhook={known().webhook} />
            <Deliveries state={known()} />
          </>
        )}
      </Loaded>
    </section>
  )
}

function Form(props: { webhook: Webhook | null }): JSX.Element {
  const act = createAct()
  const [url, setUrl] = createSignal(props.webhook?.url ?? '')
  const [secret, setSecret] = createSignal('')
  const [kinds, setKinds] = createSignal<readonly WebhookKind[]>(
    props.webhook?.kinds ?? webhookKinds,
  )
  const save = (): void =>
    void act.run(async () => {
      const given = secret().trim()
      await setWebhook({ url: url(), kinds: [...kinds()], ...(given && { secret: given }) })
      setSecret('')
    })
  const remove = (): void =>
    void act.run(async () => {
      await removeWebhook()
      setUrl('')
      setSecret('')
    })
  const test = (): void => void act.run(testWebhook)
  const without = (): string | false => props.webhook === null && 'There is no webhook.'
  useActions(() => [
    { id: 'webhook.save', label: 'Save the webhook', group: 'Settings', run: save },
    {
      id: 'webhook.secret',
      label: 'Make a secret',
      group: 'Settings',
      words: 'webhook signing',
      run: () => setSecret(makeSecret()),
    },
    {
      id: 'webhook.test',
      label: 'Send a test',
      group: 'Settings',
      words: 'webhook',
      disabled: without(),
      run: test,
    },
    {
      id: 'webhook.remove',
      label: 'Remove the webhook',
      group: 'Settings',
      disabled: without(),
      run: remove,
    },
  ])
  return (
    <div class="col gap-3">
      <TextField
        label="Address"
        type="url"
        inputMode="url"
        placeholder="https://example.com/klaudio"
        value={url()}
        onInput={setUrl}
      />
      <TextField
        label="Secret"
        mono
        value={secret()}
        placeholder={props.webhook ? 'Stored. Write another one to replace it' : 'whsec_…'}
        hint="Give the same one to the receiver: it is stored encrypted and never shown again"
        onInput={setSecret}
      />
      <div class="row flex-wrap gap-2 -mt-1">
        <Button small onClick={() => setSecret(makeSecret())}>
          Make a secret
        </Button>
        <Show when={secret()}>
          <CopyButton text={secret()} label="Copy the secret" />
        </Show>
      </div>
      <fieldset class="col gap-1 border-0 p-0 m-0">
        <legend class="label p-0 mb-1">Tell when</legend>
        <For each={webhookKinds}>
          {(kind) => (
            <label class="flex items-center gap-2 min-h-11 md:min-h-7">
              <input
                type="checkbox"
                checked={kinds().includes(kind)}
                onChange={(event) => {
                  const isOn = event.currentTarget.checked
                  setKinds(
                    webhookKinds.filter((one) => (one === kind ? isOn : kinds().includes(one))),
                  )
                }}
              />
              {words[kind]}
            </label>
          )}
        </For>
      </fieldset>
      <ErrorLine text={act.error()} small />
      <div class="row flex-wrap gap-2">
        <Button busy={act.busy()} onClick={save}>
          Save the webhook
        </Button>
        <Show when={props.webhook}>
          <Button onClick={test}>Send a test</Button>
          <Button look="quiet" onClick={remove}>
            Remove the webhook
          </Button>
        </Show>
      </div>
    </div>
  )
}

const glyphs: Record<WebhookDelivery['state'], GlyphName> = {
  waiting: 'wait',
  delivered: 'done',
  failed: 'fail',
}

function Deliveries(props: { state: WebhookState }): JSX.Element {
  return (
    <Show when={props.state.deliveries.length > 0}>
      <div class="col gap-1">
        <h3 class="h-part">Last sent</h3>
        <ul aria-label="Last sent">
          <For each={props.state.deliveries}>{(delivery) => <Row delivery={delivery} />}</For>
        </ul>
      </div>
    </Show>
  )
}

function Row(props: { delivery: WebhookDelivery }): JSX.Element {
  const at = (): number => Date.parse(props.delivery.created_at)
  return (
    <li class="rule-top first:border-t-0 grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 py-2">
      <Glyph name={glyphs[props.delivery.state]} class="mt-0.5" />
      <div class="col gap-0.5">
        <span>{props.delivery.type === 'webhook.test' ? 'Test' : words[props.delivery.type]}</span>
        <span class="t3 text-small wrap-any">{outcomeOf(props.delivery)}</span>
      </div>
      <span class="t3 text-small whitespace-nowrap" title={formatExact(at())}>
        {formatAgo(at(), now())}
      </span>
    </li>
  )
}

function outcomeOf({ state, attempts, status, error, next_at }: WebhookDelivery): string {
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`
  if (state === 'delivered') return `Accepted${status ? ` with ${status}` : ''}, ${tries}`
  if (state === 'failed') return `Given up after ${tries}. ${error ?? ''}`
  if (attempts === 0) return 'On its way'
  const next = Date.parse(next_at ?? '')
  return `${error ?? ''} ${tries}, ${next > now() ? `again in ${formatSpan(next - now())}` : 'again now'}`
}
