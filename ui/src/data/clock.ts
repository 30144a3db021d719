/** One clock for the whole page: every age on it moves in the same second. */
import { createSignal } from 'solid-js'

const [now, setNow] = createSignal(Date.now())

/** Reactive, epoch milliseconds, once a second while the page is visible. */
export { now }

export function startClock(): () => void {
  const tick = (): void => {
    if (!document.hidden) setNow(Date.now())
  }
  const timer = setInterval(tick, 1000)
  document.addEventListener('visibilitychange', tick)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', tick)
  }
}
