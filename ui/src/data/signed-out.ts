/** Whether the server does not know this browser (any more). Set by the first answer that says so. */
import { createSignal } from 'solid-js'

const [isSignedOut, setSignedOut] = createSignal(false)

/** Reactive. */
export { isSignedOut }

export const tellSignedOut = (): void => {
  setSignedOut(true)
}

export const tellSignedIn = (): void => {
  setSignedOut(false)
}
