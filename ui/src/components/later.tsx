/** A component whose code is fetched when it is first wanted, or when there is time. */
import { type Component, createSignal, type JSX, Show } from 'solid-js'
import { patiently } from '../lib/patient.ts'
import { Skeleton } from './part.tsx'

export type Later<P extends object = object> = Component<P> & {
  /** Fetches the code unless that was done. Resolves also when it could not be fetched: it is asked for again when it is shown. */
  preload(): Promise<void>
}

/**
 * Until the code is there its place holds `meanwhile`, a skeleton. Unlike `lazy` it suspends nothing around it: a transition that
 * waits for code holds two values of every signal that is set meanwhile. Throws into the nearest boundary when the code cannot
 * be fetched; showing it again fetches again.
 */
export function later<P extends object = object>(
  load: () => Promise<Component<P>>,
  meanwhile: () => JSX.Element = () => <Skeleton rows={6} />,
): Later<P> {
  const [known, setKnown] = createSignal<Component<P>>()
  const [failure, setFailure] = createSignal<unknown>()
  let loading: Promise<void> | undefined
  const fetchCode = (): Promise<void> => {
    loading ??= patiently(load).then(
      (component) => void setKnown(() => component),
      (error: unknown) => {
        loading = undefined
        setFailure(error)
      },
    )
    return loading
  }
  function Shown(props: P): JSX.Element {
    if (!known()) {
      setFailure(undefined)
      void fetchCode()
    }
    const content = (Content: Component<P>): JSX.Element => <Content {...props} />
    const waiting = (): JSX.Element => {
      if (failure() !== undefined) throw failure()
      return meanwhile()
    }
    return (
      <Show when={known()} keyed fallback={waiting()}>
        {content}
      </Show>
    )
  }
  return Object.assign(Shown, { preload: fetchCode })
}
