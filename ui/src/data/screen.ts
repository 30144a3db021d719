/** What kind of screen this is; reactive. The widths are those of the style sheet. */
import { createSignal } from 'solid-js'

function createMedia(query: string): () => boolean {
  const media = matchMedia(query)
  const [matches, setMatches] = createSignal(media.matches)
  media.addEventListener('change', () => setMatches(media.matches))
  return matches
}

export const isPhone = createMedia('(max-width: 760px)')
/** Room for two panes beside each other. */
export const isWide = createMedia('(min-width: 1101px)')
