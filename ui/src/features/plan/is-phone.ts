import { createSignal } from 'solid-js'

const media = matchMedia('(max-width: 760px)')
const [isNarrow, setNarrow] = createSignal(media.matches)
media.addEventListener('change', () => setNarrow(media.matches))

/** Reactive: the width at which panes become sheets. */
export const isPhone = isNarrow
