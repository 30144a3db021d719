/** Staying at the end of a growing list, unless the reader has gone up to read. */
import { createSignal, onCleanup } from 'solid-js'

export type Follow = {
  isFollowing: () => boolean
  /** Rows that came since the reader went up. */
  unseen: () => number
  attach(element: HTMLElement): void
  /** Call after rows were added. */
  grown(count: number): void
  toEnd(): void
  pause(): void
}

const nearEndPx = 24

export function createFollow(): Follow {
  const [isFollowing, setFollowing] = createSignal(true)
  const [unseen, setUnseen] = createSignal(0)
  let element: HTMLElement | undefined
  let lastTop = 0

  const toEnd = (): void => {
    setFollowing(true)
    setUnseen(0)
    if (element) element.scrollTop = element.scrollHeight
  }
  const onScroll = (): void => {
    if (!element) return
    const isUp = element.scrollTop < lastTop - 2
    lastTop = element.scrollTop
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx
    if (isAtEnd) {
      setFollowing(true)
      setUnseen(0)
    } else if (isUp) setFollowing(false)
  }
  return {
    isFollowing,
    unseen,
    attach(target) {
      element = target
      target.addEventListener('scroll', onScroll, { passive: true })
      const observer = new ResizeObserver(() => {
        if (isFollowing()) target.scrollTop = target.scrollHeight
      })
      observer.observe(target)
      const content = target.firstElementChild
      if (content) observer.observe(content)
      onCleanup(() => {
        target.removeEventListener('scroll', onScroll)
        observer.disconnect()
      })
    },
    grown(count) {
      if (isFollowing()) queueMicrotask(() => isFollowing() && toEnd())
      else setUnseen((known) => known + count)
    },
    toEnd,
    pause: () => setFollowing(false),
  }
}
