import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { type WebhookReceipt, webhookEffectWords, webhookPath } from '#contract/webhook.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { TextField } from '../../components/field.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { makeSecret } from '../../data/webhook.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'
import { Check } from './check.tsx'
import type { RepositoryForm, RepositoryProblems } from './repository-form.ts'

/** What its forge tells by itself: the secret that makes it believed, the address to paste, and what came last. */
export function RepositoryWebhook(props: {
  template: RepoTemplate | undefined
  form: RepositoryForm
  problems: RepositoryProblems
  onChange: (change: Partial<RepositoryForm>) => void
}): JSX.Element {
  const isStored = (): boolean => props.template?.has_webhook_secret === true
  const make = (): void => props.onChange({ webhook_secret: makeSecret(), is_webhook_off: false })
  useActions([
    {
      id: 'repository.webhook-secret',
      label: 'Make a secret',
      group: 'Settings',
      words: 'webhook forge',
      run: make,
    },
  ])
  return (
    <fieldset class="border-0 p-0 m-0 min-w-0 col gap-3">
      <legend class="label p-0 mb-1">Told by the forge at once</legend>
      <p class="t3 text-small">
        Without a webhook the forge is asked now and then. With one it tells of pull requests,
        comments, checks and issues. What it sends is only a reason to look there.
      </p>
      <Show
        when={props.template}
        fallback={
          <p class="t3 text-small">The address for the forge is here once this is saved.</p>
        }
      >
        {(template) => <Address id={template().id} />}
      </Show>
      <TextField
        label="Secret"
        mono
        autocomplete="off"
        value={props.form.webhook_secret}
        disabled={props.form.is_webhook_off}
        placeholder={isStored() ? 'Stored. Write another one to replace it' : 'None'}
        error={props.problems.webhook_secret}
        hint="Give the same one to the forge: it is stored encrypted and never shown again"
        onInput={(webhook_secret) => props.onChange({ webhook_secret })}
      />
      <div class="row flex-wrap gap-2 -mt-1">
        <Button small onClick={make}>
          Make a secret
        </Button>
        <Show when={props.form.webhook_secret}>
          <CopyButton text={props.form.webhook_secret} label="Copy the secret" />
        </Show>
      </div>
      <Show when={isStored()}>
        <Check
          label="Take nothing from the forge any more"
          hint="Forgets the secret"
          checked={props.form.is_webhook_off}
          onChange={(is_webhook_off) => props.onChange({ is_webhook_off })}
        />
      </Show>
      <TextField
        label="Issues with this label become tasks"
        placeholder="None"
        value={props.form.issue_label}
        hint="Open ones, each once; their plans wait for you"
        onInput={(issue_label) => props.onChange({ issue_label })}
      />
      <Show when={isStored()}>
        <Last receipt={props.template?.webhook} />
      </Show>
    </fieldset>
  )
}

const isOnThisMachine = (): boolean => /^(localhost|127\..*|\[::1\])$/.test(location.hostname)

function Address(props: { id: string }): JSX.Element {
  const url = (): string => new URL(webhookPath(props.id), location.href).href
  return (
    <div class="col gap-1">
      <span class="label">Address for the forge</span>
      <div class="row gap-2 items-start">
        <code class="mono-small wrap-any flex-1 min-w-0 py-1.5">{url()}</code>
        <CopyButton text={url()} label="Copy the address" />
      </div>
      <span class="t3 text-small">
        {isOnThisMachine()
          ? 'A forge elsewhere cannot reach this name: give it the one your server has on the network, with the same path. As JSON, with the secret below.'
          : 'As JSON, with the secret below.'}
      </span>
    </div>
  )
}

function Last(props: { receipt: WebhookReceipt | undefined }): JSX.Element {
  return (
    <div class="row items-start gap-2 text-small" role="status">
      <Show
        when={props.receipt}
        fallback={
          <>
            <Glyph name="wait" class="mt-0.5" />
            <span class="t2 min-w-0">
              Nothing has come yet. What the forge sent and was answered is in its own list of
              deliveries.
            </span>
          </>
        }
      >
        {(receipt) => {
          const at = (): number => Date.parse(receipt().received_at)
          return (
            <>
              <Glyph name={receipt().effect === 'failed' ? 'fail' : 'done'} class="mt-0.5" />
              <span class="min-w-0 wrap-any">
                <span title={formatExact(at())}>Last received {formatAgo(at(), now())}</span>:{' '}
                {webhookEffectWords[receipt().effect]}
                {receipt().error ? `. ${receipt().error}` : ''}
                <Show when={receipt().task_id}>
                  {(id) => (
                    <>
                      {' '}
                      <A class="link" href={`/tasks/${id()}`}>
                        Open it
                      </A>
                    </>
                  )}
                </Show>
              </span>
            </>
          )
        }}
      </Show>
    </div>
  )
}
