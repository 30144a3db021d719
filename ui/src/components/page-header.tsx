import { createEffect, createSignal, type JSX } from 'solid-js'

/** Title row of a plain page; its words are also the window's title. */
export function PageHeader(props: {
  title: string
  class?: string
  children?: JSX.Element
}): JSX.Element {
  createTitle(() => props.title)
  return (
    <header
      class={`flex-none flex flex-wrap items-center gap-2.5 min-h-[52px] lt-md:py-2 px-4 md:px-5 w-full max-w-[1720px] ${props.class ?? ''}`}
    >
      <h1 tabIndex={-1} class="h-title clip">
        {props.title}
      </h1>
      <span class="flex-1" />
      {props.children}
    </header>
  )
}

const [pageTitle, setPageTitle] = createSignal('')

/** Reactive: what this page is about. The shell puts the count before it and the name behind: "(4) Rate limits · Klaudio". */
export { pageTitle }

export function createTitle(title: () => string): void {
  createEffect(() => setPageTitle(title()))
}
