/** Light or dark: what was chosen here, else what the system says. */
import { createEffect, createSignal } from 'solid-js'
import { load, save } from '../lib/storage.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

const stored = load('theme')
const [choice, setChoice] = createSignal<ThemeChoice>(
  stored === 'light' || stored === 'dark' ? stored : 'system',
)
const [systemDark, setSystemDark] = createSignal(false)

export const themeChoice = choice
/** Reactive. */
export const isDark = (): boolean => (choice() === 'system' ? systemDark() : choice() === 'dark')

export function chooseTheme(next: ThemeChoice): void {
  setChoice(next)
  save('theme', next === 'system' ? '' : next)
}

export const toggleTheme = (): void => chooseTheme(isDark() ? 'light' : 'dark')

/** Follows the system and marks the document. Call once, inside an owner. */
export function applyTheme(): void {
  const query = matchMedia('(prefers-color-scheme: dark)')
  setSystemDark(query.matches)
  query.addEventListener('change', ({ matches }) => setSystemDark(matches))
  createEffect(() => {
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  })
}
