/** How this browser likes the pages: kept here, applied at once, unknown to the server. */
import { createEffect, createSignal } from 'solid-js'
import { load, save } from '../lib/storage.ts'

export type Density = 'comfortable' | 'compact'

const [density, setDensity] = createSignal<Density>(
  load('density') === 'compact' ? 'compact' : 'comfortable',
)

/** Reactive. */
export { density }

export function chooseDensity(next: Density): void {
  setDensity(next)
  save('density', next === 'compact' ? next : '')
}

/** CSS pixels of the terminal's text; 12.5 is what the other sizes are made for. */
export const terminalSizes = { min: 10, max: 20, usual: 12.5, step: 0.5 } as const

const stored = Number(load('terminal-size'))
const [terminalSize, setTerminalSize] = createSignal<number>(
  stored >= terminalSizes.min && stored <= terminalSizes.max ? stored : terminalSizes.usual,
)

/** Reactive. */
export { terminalSize }

export function chooseTerminalSize(next: number): void {
  const size = Math.max(terminalSizes.min, Math.min(terminalSizes.max, next))
  setTerminalSize(size)
  save('terminal-size', size === terminalSizes.usual ? '' : String(size))
}

/** Marks the document. Call once, inside an owner. */
export function applyDensity(): void {
  createEffect(() => {
    document.documentElement.dataset.density = density()
  })
}
