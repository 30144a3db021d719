import { createEffect, createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { signInByLink } from '../data/access.ts'
import { invalidateEverything } from '../data/cache.ts'
import { isSignedOut } from '../data/signed-out.ts'
import { getLive, liveState } from '../data/store.ts'
import { SignIn } from '../features/access/sign-in.tsx'

/**
 * The page to sign in on. It lies over whatever is open, which stays as it is: the address, and every draft. `problem` is what was wrong
 * with the link that led here.
 */
export function LoginPage(props: { problem: string }): JSX.Element {
  const [problem, setProblem] = createSignal(props.problem)
  const [wasIn, setWasIn] = createSignal(false)
  createEffect(() => {
    if (liveState().kind === 'live') setWasIn(true)
  })
  const goOn = (): void => {
    getLive()?.retry()
    invalidateEverything()
  }
  // A link that is pasted into a page that is already open does not load it anew.
  const onHash = async (): Promise<void> => {
    if (!location.hash.includes('token=')) return
    setProblem(await signInByLink())
    if (!problem()) goOn()
  }
  window.addEventListener('hashchange', onHash)
  onCleanup(() => window.removeEventListener('hashchange', onHash))
  return (
    <Show when={isSignedOut()}>
      <Cover>
        <SignIn problem={problem()} wasIn={wasIn()} onDone={goOn} />
      </Cover>
    </Show>
  )
}

/** Above open dialogs too; cannot be closed. */
function Cover(props: { children: JSX.Element }): JSX.Element {
  let dialog: HTMLDialogElement | undefined
  const opener = document.activeElement
  onMount(() => dialog?.showModal())
  onCleanup(() => {
    if (opener instanceof HTMLElement) queueMicrotask(() => opener.focus())
  })
  return (
    <dialog
      ref={dialog}
      aria-label="Sign in"
      onCancel={(event) => event.preventDefault()}
      class="m-0 p-0 w-screen h-dvh max-w-none max-h-none border-0 bg-bg0 text-tx1"
    >
      <div class="min-h-full grid place-items-center px-5 py-10">{props.children}</div>
    </dialog>
  )
}
