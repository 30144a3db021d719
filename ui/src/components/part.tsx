/** What a part of a page shows while it has nothing, or when something went wrong; always in the place of the content. */
import { createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import { Button } from './button.tsx'
import { Glyph } from './glyph.tsx'

export function Empty(props: { children: JSX.Element; action?: JSX.Element }): JSX.Element {
  return (
    <div class="col gap-3 items-start p-4 t2">
      <p>{props.children}</p>
      {props.action}
    </div>
  )
}

/** Grey lines of the final height, only when it takes longer than a blink. */
export function Skeleton(props: { rows?: number; height?: number }): JSX.Element {
  const [isShown, setShown] = createSignal(false)
  const timer = setTimeout(() => setShown(true), 150)
  onCleanup(() => clearTimeout(timer))
  return (
    <div role="status" aria-busy="true" aria-label="Loading" class="col">
      <For each={Array.from({ length: props.rows ?? 3 })}>
        {() => (
          <div class="flex items-center px-4" style={{ height: `${props.height ?? 52}px` }}>
            <Show when={isShown()}>
              <div class="skeleton h-3 w-full max-w-[420px]" />
            </Show>
          </div>
        )}
      </For>
    </div>
  )
}

export function PartError(props: { message: string; onRetry?: () => void }): JSX.Element {
  return (
    <div role="alert" class="col gap-2 items-start p-4">
      <div class="row items-start">
        <Glyph name="fail" class="mt-0.5" />
        <p class="wrap-any min-w-0">{props.message}</p>
      </div>
      <div class="row">
        <Show when={props.onRetry}>
          {(retry) => <Button onClick={() => retry()()}>Try again</Button>}
        </Show>
        <Button look="quiet" onClick={() => void navigator.clipboard?.writeText(props.message)}>
          Copy details
        </Button>
      </div>
    </div>
  )
}

type Entry<T> = { state: string; value?: T; error?: { message: string } }

/** A value from the server: skeleton, content or error. A value that could not be renewed stays, with the cause above. */
export function Loaded<T>(props: {
  entry: Entry<T>
  onRetry: () => void
  skeleton?: JSX.Element
  children: (value: () => T) => JSX.Element
}): JSX.Element {
  return (
    <>
      <Show when={props.entry.state === 'failed' && props.entry.error}>
        {(error) => <PartError message={error().message} onRetry={props.onRetry} />}
      </Show>
      <Show
        when={props.entry.value !== undefined}
        fallback={
          <Show when={props.entry.state === 'loading'}>{props.skeleton ?? <Skeleton />}</Show>
        }
      >
        {props.children(() => props.entry.value as T)}
      </Show>
    </>
  )
}
