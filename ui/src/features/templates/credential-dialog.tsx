import { createSignal, For, type JSX, Show } from 'solid-js'
import {
  type CreateCredential,
  type Credential,
  type CredentialKind,
  credentialKinds,
} from '#contract/credential.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { createCredential, updateCredential } from '../../data/templates.ts'

export const kindNames: Record<CredentialKind, string> = {
  token: 'Access token',
  login: 'User name and token',
  'ssh-key': 'SSH key',
}

/** Stores a new one, or another value for one that is there. Nothing of it stays in the page. */
export function CredentialDialog(props: {
  credential?: Credential
  onClose: () => void
  onMade?: (credential: Credential) => void
}): JSX.Element {
  const act = createAct()
  const [kind, setKind] = createSignal<CredentialKind>(props.credential?.kind ?? 'token')
  const [name, setName] = createSignal(props.credential?.name ?? '')
  const [username, setUsername] = createSignal(props.credential?.username ?? '')
  const [secret, setSecret] = createSignal('')
  const store = async (): Promise<void> => {
    const value = kind() === 'ssh-key' ? { private_key: secret() } : { token: secret() }
    const given = secret() === '' ? {} : value
    const user = kind() === 'login' ? { username: username() } : {}
    const done = await act.run(async () => {
      if (props.credential)
        await updateCredential(props.credential.id, { name: name(), ...user, ...given })
      else {
        // The parts go with their kind; what is missing is refused by the server in words.
        const input = { kind: kind(), name: name(), ...user, ...value } as CreateCredential
        const made = await createCredential(input)
        props.onMade?.(made)
      }
    })
    if (done) props.onClose()
  }
  return (
    <Dialog
      title={props.credential ? `Replace "${props.credential.name}"` : 'New credential'}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} onClick={() => void store()}>
          Store
        </Button>
      }
    >
      <TextField label="Name" placeholder="GitHub, acme" value={name()} onInput={setName} />
      <Show when={!props.credential}>
        <Field label="Kind">
          {({ id, describedBy }) => (
            <select
              id={id}
              aria-describedby={describedBy}
              class="input"
              onChange={({ currentTarget: { value } }) =>
                setKind(credentialKinds.find((each) => each === value) ?? 'token')
              }
            >
              <For each={credentialKinds}>
                {(each) => (
                  <option value={each} selected={each === kind()}>
                    {kindNames[each]}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
      </Show>
      <Show when={kind() === 'login'}>
        <TextField label="User name" mono value={username()} onInput={setUsername} />
      </Show>
      <Show
        when={kind() === 'ssh-key'}
        fallback={
          <TextField
            label={kind() === 'login' ? 'Token or password' : 'Token'}
            type="password"
            mono
            autocomplete="off"
            hint={props.credential ? 'Empty: the one that is stored stays' : 'Never shown again'}
            value={secret()}
            onInput={setSecret}
          />
        }
      >
        <Field label="Private key" hint="Without a passphrase: nobody is there to type it">
          {({ id, describedBy }) => (
            <TextArea
              id={id}
              describedBy={describedBy}
              mono
              rows={4}
              placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
              value={secret()}
              onInput={setSecret}
            />
          )}
        </Field>
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
