/**
 * Keys as one notation: strokes with a space between ("g h"), each a `KeyboardEvent.key` with modifiers before it
 * ("Mod+k", "Alt+ArrowUp"). `Mod` is Command on a Mac and Control elsewhere. A capital letter means Shift ("E").
 */

export type Stroke = { key: string; mod: boolean; alt: boolean; shift: boolean }

/** What is read of a `KeyboardEvent`. */
export type Pressed = {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

const letter = /^\p{L}$/u

/** The space bar is written "Space", since a space parts strokes. */
const nameOf = (key: string): string =>
  key === ' ' ? 'Space' : letter.test(key) ? key.toLowerCase() : key

/** Throws on a stroke without a key: it is always written by us. */
export function parseStrokes(keys: string): Stroke[] {
  return keys.split(' ').map((text) => {
    const parts = text === '+' ? ['+'] : text.split(/\+(?=.)/)
    const key = parts.at(-1)
    if (!key) throw new Error(`"${keys}" has a stroke without a key.`)
    const has = (name: string): boolean => parts.slice(0, -1).includes(name)
    const isCapital = letter.test(key) && key !== key.toLowerCase()
    return {
      key: nameOf(key),
      mod: has('Mod'),
      alt: has('Alt'),
      shift: has('Shift') || isCapital,
    }
  })
}

/** One comparable text per stroke. Shift counts for letters and named keys only: for "?" it depends on the keyboard. */
export function toStrokeId({ key, mod, alt, shift }: Stroke): string {
  const counts = letter.test(key) || key.length > 1
  return `${mod ? 'Mod+' : ''}${alt ? 'Alt+' : ''}${shift && counts ? 'Shift+' : ''}${key}`
}

export function pressedStrokeId(event: Pressed): string {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event
  return toStrokeId({
    key: nameOf(key),
    mod: ctrlKey || metaKey,
    alt: altKey,
    shift: shiftKey,
  })
}

/** A bare letter, digit or sign, which WCAG 2.1.4 asks to be switchable. Escape, arrows and ↵ are not. */
export const isSingleKey = (keys: string): boolean =>
  parseStrokes(keys).some(({ key, mod, alt }) => !mod && !alt && key.length === 1)

const words: Record<string, string> = {
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backspace: '⌫',
  Delete: 'Del',
}

/** As people read it: "G H", "⇧E", "⌘K" on a Mac and "Ctrl K" elsewhere. */
export function formatKeys(keys: string, isMac: boolean = onMac()): string {
  return parseStrokes(keys)
    .map(({ key, mod, alt, shift }) =>
      [
        mod ? (isMac ? '⌘' : 'Ctrl ') : '',
        alt ? (isMac ? '⌥' : 'Alt ') : '',
        shift ? '⇧' : '',
        words[key] ?? (key.length === 1 ? key.toUpperCase() : key),
      ].join(''),
    )
    .join(' ')
}

function onMac(): boolean {
  return /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? '')
}
