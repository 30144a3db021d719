import { createEffect, For, type JSX, on, Show } from 'solid-js'

export type Segment<T extends string> = { value: T; label: string; count?: number }

/** What an edge with more beyond it fades. */
const fadePx = 32

/** A few exclusive choices in one line; arrows move between them. */
export function Segmented<T extends string>(props: {
  label: string
  value: T
  options: readonly Segment<T>[]
  onChange: (value: T) => void
}): JSX.Element {
  const move = (event: KeyboardEvent, by: number): void => {
    const at = props.options.findIndex(({ value }) => value === props.value)
    const next = props.options[(at + by + props.options.length) % props.options.length]
    if (!next) return
    event.preventDefault()
    props.onChange(next.value)
    const group = event.currentTarget
    if (group instanceof HTMLElement)
      queueMicrotask(() => group.querySelector<HTMLElement>('[aria-checked=true]')?.focus())
  }
  let group: HTMLDivElement | undefined
  // Where there is no room for all, the chosen one is in sight.
  createEffect(
    on(
      () => props.value,
      () =>
        queueMicrotask(() => {
          const chosen = group?.querySelector<HTMLElement>('[aria-checked=true]')
          const scroller = group?.closest('.scroll-x')
          if (!chosen || !scroller) return
          const [box, frame] = [chosen.getBoundingClientRect(), scroller.getBoundingClientRect()]
          if (box.right > frame.right - fadePx)
            scroller.scrollLeft += box.right - frame.right + fadePx
          else if (box.left < frame.left + fadePx)
            scroller.scrollLeft += box.left - frame.left - fadePx
        }),
    ),
  )
  return (
    <div
      ref={group}
      role="radiogroup"
      aria-label={props.label}
      class="inline-flex bg-bg2 rounded-[7px] p-0.5 gap-0.5 flex-none"
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(event, 1)
        if (event.key === 'ArrowLeft') move(event, -1)
      }}
    >
      <For each={props.options}>
        {(option) => (
          // biome-ignore lint/a11y/useSemanticElements: a segmented control is drawn from buttons, with the radio semantics
          <button
            type="button"
            role="radio"
            aria-checked={props.value === option.value}
            tabIndex={props.value === option.value ? 0 : -1}
            onClick={() => props.onChange(option.value)}
            class="h-11 min-w-11 md:min-w-0 justify-center md:h-6 px-2.5 rounded-chip flex items-center gap-1.5 font-500 t2 whitespace-nowrap"
            classList={{
              'bg-bg1 text-tx1! shadow-[0_0_0_1px_var(--line)]': props.value === option.value,
            }}
          >
            {option.label}
            <Show when={option.count !== undefined}>
              <span class="t3 text-small">{option.count}</span>
            </Show>
          </button>
        )}
      </For>
    </div>
  )
}
