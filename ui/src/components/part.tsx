/** What a part of a page shows while it has nothing, or when something went wrong; always in the place of the content. */
import { createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import { Button } from './button.tsx'
import { Glyph } from './glyph.tsx'
import { createTitle } from './page-header.tsx'

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

/** In place of a page whose matter could not be read: gone, not allowed or out of reach. */
export function PageError(props: {
  error: { message: string; status?: number }
  onRetry: () => void
  children: JSX.Element
}): JSX.Element {
  const isMissing = (): boolean => props.error.status === 404
  const title = (): string => (isMissing() ? 'Nothing here' : 'This could not be read')
  createTitle(title)
  return (
    <div role="alert" class="page pt-3.5 col gap-3 items-start max-w-[720px]">
      <h1 tabIndex={-1} class="h-title row">
        <Glyph name={isMissing() ? 'skip' : 'fail'} />
        {title()}
      </h1>
      <p class="t2 wrap-any">{props.error.message}</p>
      <div class="flex flex-wrap gap-2">
        {props.children}
        <Show when={!isMissing()}>
          <Button onClick={() => props.onRetry()}>Try again</Button>
        </Show>
        <Button
          look="quiet"
          onClick={() => void navigator.clipboard?.writeText(props.error.message)}
        >
          Copy details
        </Button>
      </div>
    </div>
  )
}

type Entry<T> = { state: string; value?: T; error?: { message: string; status?: number } }

/** Parts that stand below each other come together, so that none moves the others when it arrives. */
export function Together(props: {
  entries: readonly Entry<unknown>[]
  children: JSX.Element
}): JSX.Element {
  const isThere = ({ state, value }: Entry<unknown>): boolean =>
    value !== undefined || state === 'failed'
  return (
    <Show
      when={props.entries.every(isThere)}
      fallback={
        <div class="card">
          <Skeleton rows={6} height={62} />
        </div>
      }
    >
      {props.children}
    </Show>
  )
}

/** A value from the server: skeleton, content or error. A value that could not be renewed stays, with the cause above. */
export function Loaded<T>(props: {
  entry: Entry<T>
  onRetry: () => void
  skeleton?: JSX.Element
  /** The ways out, when the whole page is about the value. */
  wayOut?: JSX.Element
  children: (value: () => T) => JSX.Element
}): JSX.Element {
  const isPageLost = (): boolean => props.wayOut !== undefined && props.entry.value === undefined
  return (
    <>
      <Show when={props.entry.state === 'failed' && props.entry.error}>
        {(error) => (
          <Show
            when={isPageLost()}
            fallback={<PartError message={error().message} onRetry={props.onRetry} />}
          >
            <PageError error={error()} onRetry={props.onRetry}>
              {props.wayOut}
            </PageError>
          </Show>
        )}
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
