import { type JSX, onMount } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'

/** In place of a page that broke: the rest of the app works on. */
export function PageFailure(props: { error: unknown; onRetry: () => void }): JSX.Element {
  const text = (): string =>
    props.error instanceof Error ? (props.error.stack ?? props.error.message) : String(props.error)
  let title: HTMLHeadingElement | undefined
  onMount(() => title?.focus())
  return (
    <div role="alert" class="page pt-8 col gap-3 items-start max-w-[720px]">
      <div class="row">
        <Glyph name="fail" />
        <h1 ref={title} tabIndex={-1} class="h-title">
          This page could not be shown
        </h1>
      </div>
      <p class="t2">
        It is a fault of the page, not of your agents: they keep running and nothing was changed.
      </p>
      <pre class="well px-3 py-2 mono-small wrap-any max-h-[40vh] overflow-auto w-full">
        {text()}
      </pre>
      <div class="flex flex-wrap gap-2">
        <Button onClick={() => props.onRetry()}>Try again</Button>
        <Button onClick={() => location.reload()}>Reload</Button>
        <Button look="quiet" onClick={() => void navigator.clipboard?.writeText(text())}>
          Copy details
        </Button>
        <LinkButton look="quiet" href="/">
          Go home
        </LinkButton>
      </div>
    </div>
  )
}
