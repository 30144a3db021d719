/** Figures and names as people read them. */

/** "$3.18"; "$0.004" below a cent, so that little is never shown as nothing. */
export function formatMoney(usd: number): string {
  if (usd > 0 && usd < 0.01) return `$${usd.toFixed(3)}`
  return `$${usd.toFixed(2)}`
}

/** "985k", "1.2M". */
export function formatCount(value: number): string {
  if (value < 1000) return String(value)
  if (value < 1_000_000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)}k`
  return `${(value / 1_000_000).toFixed(1)}M`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let value = bytes / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}

/** "1 file", "3 files". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** "a, b and c". */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** A path as folder (with its slash) and name, for showing the one dim and the other plain. */
export function splitPath(path: string): { folder: string; name: string } {
  const cut = path.lastIndexOf('/') + 1
  return { folder: path.slice(0, cut), name: path.slice(cut) }
}

export const firstLine = (text: string): string => text.trimStart().split('\n', 1)[0] ?? ''

/** "claude-opus-5-5" as "opus-5-5". */
export const shortModel = (model: string): string => model.replace(/^claude-/, '')

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** A copy that does not keep the long text alive which it was cut from. */
export const detach = (text: string): string => decoder.decode(encoder.encode(text))
