/**
 * One clock for the whole page: every age on it moves in the same second, and what agents say of themselves is shown with it, so that one
 * drawing serves all of that. The arcs of the running turn with it too: an animation of the browser's own would have it draw sixty
 * times a second for as long as somebody works.
 */
import { batch, createSignal } from 'solid-js'

/** Each step is a drawing of its own: what it costs is how many there are, not how many signs turn. */
const stepsOfSecond = 3
const stepMs = 1000 / stepsOfSecond
/** Degrees; a whole turn takes 1.6 s. */
const stepAngle = 75

const [now, setNow] = createSignal(Date.now())

/** Reactive, epoch milliseconds, once a second while the page is visible. */
export { now }

let waiting: (() => void)[] = []

/** Runs `work` when the clock moves next, with everything else that does. */
export function atNextSecond(work: () => void): void {
  waiting.push(work)
}

export function startClock(): () => void {
  let step = 0
  const signs = createTurning()
  const move = (): void => {
    const work = waiting
    waiting = []
    batch(() => {
      if (!document.hidden) setNow(Date.now())
      for (const each of work) each()
    })
    signs.choose()
  }
  const timer = setInterval(() => {
    step++
    if (step % stepsOfSecond === 0) move()
    if (!document.hidden) signs.turn((step * stepAngle) % 360)
  }, stepMs)
  document.addEventListener('visibilitychange', move)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', move)
  }
}

/** A list that is longer is read, not watched: no row of it turns. */
const fewRows = 12

/** The signs of the running (`.spin` of `components/glyph.tsx`) that turn. Each has a layer of its own, so that it is not painted again. */
function createTurning(): { choose(): void; turn(degrees: number): void } {
  const all = document.getElementsByClassName('spin')
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)')
  let chosen: SVGElement[] = []
  const turns = (sign: Element): sign is SVGElement =>
    sign instanceof SVGElement &&
    !sign.closest('.still, .is-stale') &&
    (sign.closest('ul, tbody')?.childElementCount ?? 0) <= fewRows
  return {
    choose() {
      const next = isCalm.matches ? [] : [...all].filter(turns)
      for (const sign of chosen) if (!next.includes(sign)) sign.removeAttribute('style')
      for (const sign of next) sign.style.willChange = 'rotate'
      chosen = next
    },
    turn(degrees) {
      for (const sign of chosen) sign.style.setProperty('--turn', `${degrees}deg`)
    },
  }
}
