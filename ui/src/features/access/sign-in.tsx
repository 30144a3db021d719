import { createSignal, type JSX, onMount } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { TextField } from '../../components/field.tsx'
import { Mark } from '../../components/icon.tsx'
import { signIn } from '../../data/access.ts'
import { createAct } from '../../data/act.ts'

/** The form to sign in with. `problem`: why the link that led here did not do it. */
export function SignIn(props: {
  problem: string
  wasIn: boolean
  onDone: () => void
}): JSX.Element {
  const [token, setToken] = createSignal('')
  const [missing, setMissing] = createSignal('')
  const act = createAct()
  let form: HTMLFormElement | undefined
  onMount(() => form?.querySelector('input')?.focus())

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    setMissing(token().trim() === '' ? 'Paste the token first.' : '')
    if (!missing() && (await act.run(() => signIn(toToken(token()))))) props.onDone()
    else form?.querySelector('input')?.focus()
  }
  return (
    <form ref={form} class="col gap-4 w-full max-w-[400px]" onSubmit={submit}>
      <div class="row pb-2">
        <Mark />
        <span class="font-600 text-heading tracking-[-0.01em]">Klaudio</span>
        <span class="t3 clip">{location.host}</span>
      </div>
      <div class="col gap-1.5">
        <h1 class="m-0 text-display font-600 tracking-[-0.015em]">Sign in</h1>
        <p class="t2">
          {props.wasIn
            ? 'This browser is not signed in any more. What you were writing is still here.'
            : 'This server asks for a token.'}
        </p>
      </div>
      <TextField
        label="Token"
        type="password"
        mono
        autocomplete="current-password"
        value={token()}
        onInput={setToken}
        error={missing() || act.error() || (token() === '' ? props.problem : '') || undefined}
        hint={
          <>
            On the server, <code class="text-code t1">klaudio token link</code> prints one.
          </>
        }
      />
      <div>
        <Button look="primary" type="submit" busy={act.busy()} class="w-full md:w-auto">
          Sign in
        </Button>
      </div>
    </form>
  )
}

/** People paste the whole link as well. */
const toToken = (text: string): string => text.trim().replace(/^.*#token=/s, '')
