/** The faces of the bundle before the first drawing: words that change their face later move what stands below them. */
const wanted: readonly [font: string, text: string][] = [
  ['400 13px "IBM Plex Sans Variable"', 'a'],
  ['400 12px "JetBrains Mono Variable"', 'a│'],
  ['600 12px "JetBrains Mono Variable"', 'a│'],
]
/** On a slow network the page does not wait longer for its looks. */
const mostMs = 300

/** Resolves when they are here, or cannot be had soon. */
export async function loadFaces(): Promise<void> {
  const loads = wanted.map(([font, text]) => document.fonts.load(font, text))
  await Promise.race([
    Promise.allSettled(loads),
    new Promise((resolve) => setTimeout(resolve, mostMs)),
  ])
}
