import { createEffect, type JSX } from 'solid-js'

/** Title row of a plain page; its words are also the window's title. */
export function PageHeader(props: {
  title: string
  count?: number
  children?: JSX.Element
}): JSX.Element {
  createTitle(
    () => props.title,
    () => props.count ?? 0,
  )
  return (
    <header class="flex-none flex items-center gap-2.5 min-h-[52px] px-4 md:px-5">
      <h1 tabIndex={-1} class="h-title clip">
        {props.title}
      </h1>
      <span class="flex-1" />
      {props.children}
    </header>
  )
}

/** "(4) Rate limits · Klaudio"; the number is of what waits for a person. */
export function createTitle(title: () => string, count: () => number = () => 0): void {
  createEffect(() => {
    document.title = `${count() > 0 ? `(${count()}) ` : ''}${title()} · Klaudio`
  })
}
