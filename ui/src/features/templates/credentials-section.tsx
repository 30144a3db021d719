import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Credential } from '#contract/credential.ts'
import { Button } from '../../components/button.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { credentials, removeCredential } from '../../data/templates.ts'
import { formatAgo } from '../../lib/time.ts'
import { CredentialDialog, kindNames } from './credential-dialog.tsx'
import { RemovalDialog } from './removal-dialog.tsx'

/** What opens repositories. Values go in; what is shown is what they are and where they are used. */
export function CredentialsSection(): JSX.Element {
  const [isNew, setNew] = createSignal(false)
  useActions([
    { id: 'credentials.new', label: 'New credential', group: 'Settings', run: () => setNew(true) },
  ])
  return (
    <div class="col gap-3">
      <p class="t2">
        What opens private repositories. Values are stored encrypted and never shown again. A
        credential that is removed is taken from everything that uses it.
      </p>
      <Loaded
        entry={credentials.get('all')}
        onRetry={() => void credentials.refresh('all')}
        skeleton={
          <div class="card">
            <Skeleton rows={2} height={58} />
          </div>
        }
      >
        {(list) => (
          <>
            <Show when={list().length > 0} fallback={<p class="t3">There is no credential yet.</p>}>
              <ul class="card" aria-label="Credentials">
                <For each={list()}>{(credential) => <Row credential={credential} />}</For>
              </ul>
            </Show>
            <div>
              <Button look="next" icon="plus" onClick={() => setNew(true)}>
                New credential
              </Button>
            </div>
          </>
        )}
      </Loaded>
      <Show when={isNew()}>
        <CredentialDialog onClose={() => setNew(false)} />
      </Show>
    </div>
  )
}

function Row(props: { credential: Credential }): JSX.Element {
  const [open, setOpen] = createSignal<'replace' | 'remove'>()
  const name = (): string => props.credential.name
  const facts = (): string => {
    const { kind, username, hint, last_used_at: used } = props.credential
    return [
      kindNames[kind],
      ...(username ? [username] : []),
      ...(hint ? [hint] : []),
      used ? `used ${formatAgo(Date.parse(used), now())}` : 'never used',
    ].join(' · ')
  }
  useActions(() => [
    {
      id: `credentials.replace-${props.credential.id}`,
      label: `Replace ${name()}…`,
      group: 'Settings',
      words: 'credential token key',
      run: () => setOpen('replace'),
    },
    {
      id: `credentials.remove-${props.credential.id}`,
      label: `Remove ${name()}…`,
      group: 'Settings',
      run: () => setOpen('remove'),
    },
  ])
  return (
    <li class="rule-top first:border-t-0 flex flex-wrap items-start gap-x-3 gap-y-2 px-3 py-2.5">
      <div class="col flex-1 min-w-[240px]">
        <span class="font-500 wrap-any">{name()}</span>
        <span class="t3 text-small wrap-any">{facts()}</span>
        <Show when={props.credential.used_by.length > 0}>
          <span class="t3 text-small wrap-any">
            Used by {props.credential.used_by.map((use) => use.name).join(', ')}
          </span>
        </Show>
      </div>
      <div class="flex flex-none gap-2">
        <Button label={`Replace ${name()}`} onClick={() => setOpen('replace')}>
          Replace…
        </Button>
        <Button look="danger" label={`Remove ${name()}`} onClick={() => setOpen('remove')}>
          Remove…
        </Button>
      </div>
      <Show when={open() === 'replace'}>
        <CredentialDialog credential={props.credential} onClose={() => setOpen(undefined)} />
      </Show>
      <Show when={open() === 'remove'}>
        <RemoveDialog credential={props.credential} onClose={() => setOpen(undefined)} />
      </Show>
    </li>
  )
}

function RemoveDialog(props: { credential: Credential; onClose: () => void }): JSX.Element {
  const uses = () => props.credential.used_by
  return (
    <RemovalDialog
      title={`Remove "${props.credential.name}"?`}
      verb="Remove"
      remove={() => removeCredential(props.credential.id)}
      onClose={props.onClose}
    >
      <Show when={uses().length > 0} fallback={<p>Nothing uses it.</p>}>
        <p>From now on these have none, and cannot read or push to a private repository:</p>
        <ul class="list-disc ps-5">
          <For each={uses()}>
            {(use) => (
              <li class="wrap-any">
                {use.kind === 'task' ? 'Task' : 'Repository'} {use.name}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </RemovalDialog>
  )
}
