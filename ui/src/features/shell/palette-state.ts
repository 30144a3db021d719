import { createSignal } from 'solid-js'

const [isPaletteOpen, setPaletteOpen] = createSignal(false)

/** Reactive. */
export { isPaletteOpen }
export const openPalette = (): void => {
  setPaletteOpen(true)
}
export const closePalette = (): void => {
  setPaletteOpen(false)
}
