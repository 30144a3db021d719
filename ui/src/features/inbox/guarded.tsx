import { type JSX, onCleanup, onMount } from 'solid-js'
import { createStillness } from '../../lib/stillness.ts'

/** Between two looks at where the buttons are. */
const lookMs = 200

/** Buttons that a press does not reach while they have just come or moved; keys that press them do. */
export function Guarded(props: { children: JSX.Element }): JSX.Element {
  let box: HTMLDivElement | undefined
  const stillness = createStillness<Element>(() => performance.now())
  const places = (): Map<Element, DOMRect> =>
    new Map(
      [...(box?.querySelectorAll('button') ?? [])].map((button) => [
        button,
        button.getBoundingClientRect(),
      ]),
    )
  const onClick = (event: MouseEvent): void => {
    const button = event.target instanceof Element ? event.target.closest('button') : null
    // A key has no place: it acts on what has the focus, wherever that is.
    if (!button || event.detail === 0) return
    stillness.look(places())
    if (stillness.isStill(button)) return
    event.preventDefault()
    event.stopPropagation()
  }
  const onScroll = (): void => stillness.follow(places())
  onMount(() => {
    stillness.look(places())
    const timer = setInterval(() => stillness.look(places()), lookMs)
    box?.addEventListener('click', onClick, true)
    document.addEventListener('scroll', onScroll, { capture: true, passive: true })
    onCleanup(() => {
      clearInterval(timer)
      document.removeEventListener('scroll', onScroll, true)
    })
  })
  return (
    <div ref={box} class="contents">
      {props.children}
    </div>
  )
}
