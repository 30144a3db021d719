import { createSignal } from 'solid-js'
import { load, save } from '../../lib/storage.ts'

/** Chosen with `[`; without a choice the width of the window decides. */
type Choice = 'auto' | 'wide' | 'narrow'

const stored = load('sidebar')
const [choice, setChoice] = createSignal<Choice>(
  stored === 'wide' || stored === 'narrow' ? stored : 'auto',
)
const query = matchMedia('(min-width: 1101px)')
const [isRoomy, setRoomy] = createSignal(query.matches)
query.addEventListener('change', ({ matches }) => {
  setRoomy(matches)
  // Another width is another question.
  setChoice('auto')
  save('sidebar', '')
})

/** Reactive: with words, or 52 px of icons. */
export const isSidebarWide = (): boolean => (choice() === 'auto' ? isRoomy() : choice() === 'wide')

export function toggleSidebar(): void {
  const next: Choice = isSidebarWide() ? 'narrow' : 'wide'
  setChoice(next)
  save('sidebar', next)
}
