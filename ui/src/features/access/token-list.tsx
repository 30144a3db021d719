import { createSignal, For, type JSX, Show } from 'solid-js'
import type { AccessToken, CreatedToken } from '#contract/access.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextField } from '../../components/field.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { createToken, revokeToken, tokens } from '../../data/access.ts'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** Tokens of programs: made here, shown once, revoked here. */
export function TokenList(): JSX.Element {
  const [created, setCreated] = createSignal<CreatedToken>()
  return (
    <div class="col gap-1.5">
      <h2 class="m-0 text-body font-500">Tokens for programs</h2>
      <Loaded
        entry={tokens.get('all')}
        onRetry={() => void tokens.refresh('all')}
        skeleton={<Skeleton rows={1} height={52} />}
      >
        {(list) => (
          <Show when={list().length > 0} fallback={<p class="t3">There is no token yet.</p>}>
            <ul class="card" aria-label="Tokens for programs">
              <For each={list()}>{(token) => <Row token={token} />}</For>
            </ul>
          </Show>
        )}
      </Loaded>
      <Show when={created()} fallback={<NewToken onCreated={setCreated} />}>
        {(token) => <FreshToken token={token()} onDone={() => setCreated(undefined)} />}
      </Show>
    </div>
  )
}

function Row(props: { token: AccessToken }): JSX.Element {
  const act = createAct()
  const [isAsking, setAsking] = createSignal(false)
  const used = (): string => {
    const at = props.token.last_used_at
    return at === undefined ? 'never used' : `used ${formatAgo(Date.parse(at), now())}`
  }
  useActions(() =>
    props.token.kind === 'program'
      ? [
          {
            id: `access.revoke-${props.token.id}`,
            label: `Revoke ${props.token.name}…`,
            group: 'Settings',
            words: 'token',
            run: () => setAsking(true),
          },
        ]
      : [],
  )
  const made = (): number => Date.parse(props.token.created_at)
  return (
    <li class="rule-top first:border-t-0 flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div class="col flex-1">
        <span class="font-500 clip">{props.token.name}</span>
        <span class="t3 text-small clip" title={formatExact(made())}>
          made {formatAgo(made(), now())} · {used()}
        </span>
        <Show when={props.token.kind === 'owner'}>
          <span class="t3 text-small">
            Replaced by <code class="text-code">klaudio token link --new</code> on the server
          </span>
        </Show>
      </div>
      <Show when={props.token.kind === 'program'}>
        <Button
          small
          look="danger"
          onClick={() => setAsking(true)}
          label={`Revoke ${props.token.name}`}
        >
          Revoke
        </Button>
      </Show>
      <Show when={isAsking()}>
        <Dialog
          title={`Revoke "${props.token.name}"?`}
          onClose={() => setAsking(false)}
          actions={
            <Button
              look="danger"
              busy={act.busy()}
              onClick={() => act.run(() => revokeToken(props.token.id))}
            >
              Revoke
            </Button>
          }
        >
          <p>
            Programs that use it are refused from now on, their open connections end, and browsers
            that signed in with it are signed out.
          </p>
          <ErrorLine text={act.error()} />
        </Dialog>
      </Show>
    </li>
  )
}

function NewToken(props: { onCreated: (token: CreatedToken) => void }): JSX.Element {
  const [name, setName] = createSignal('')
  const [missing, setMissing] = createSignal('')
  const act = createAct()
  let form: HTMLFormElement | undefined
  const create = async (): Promise<void> => {
    setMissing(name().trim() === '' ? 'Say what the token is for, such as CI.' : '')
    if (!missing()) await act.run(async () => props.onCreated(await createToken(name())))
    else form?.querySelector('input')?.focus()
  }
  useActions([
    {
      id: 'access.create-token',
      label: 'Create token',
      group: 'Settings',
      run: () => void create(),
    },
  ])
  return (
    <form
      ref={form}
      class="flex flex-wrap items-start gap-2 pt-1"
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <div class="flex-1 min-w-[200px]">
        <TextField
          label="Name of a new token"
          value={name()}
          onInput={setName}
          placeholder="CI"
          error={missing() || act.error() || undefined}
        />
      </div>
      <Button type="submit" look="next" busy={act.busy()} class="mt-[26px] md:mt-6 md:h-8!">
        Create token
      </Button>
    </form>
  )
}

function FreshToken(props: { token: CreatedToken; onDone: () => void }): JSX.Element {
  const [copied, setCopied] = createSignal('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.token.token)
      setCopied('Copied')
    } catch {
      setCopied('This browser does not let the page copy: mark the text and copy it.')
    }
  }
  useActions([
    { id: 'access.copy-token', label: 'Copy the token', group: 'Settings', run: () => void copy() },
  ])
  return (
    <section aria-label={`The token ${props.token.name}`} class="card col gap-2 p-3">
      <p>Copy the token "{props.token.name}" now. It is not shown again.</p>
      <code class="well px-2 py-1.5 text-code wrap-any select-all">{props.token.token}</code>
      <div class="row flex-wrap">
        <Button icon="copy" onClick={copy}>
          Copy
        </Button>
        <Button look="quiet" onClick={() => props.onDone()}>
          Done
        </Button>
        <span role="status" class="t2">
          {copied()}
        </span>
      </div>
    </section>
  )
}
