/**
 * `.dockerignore` as the Docker command line reads it (moby/patternmatcher): Go's `filepath.Match` and `**`, `!` takes back, the last match
 * decides, and what is below a folder that matches is left out, too.
 */

/** Whether a path of the context is left out. */
export type Ignores = (path: string) => boolean

export function parseIgnore(text: string): Ignores {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line) => toRule(line.trim()))
  return (path) => {
    const parts = path.split('/')
    const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    let isIgnored = false
    for (const { pattern, isKept } of rules)
      if (isIgnored === isKept && above.some((each) => pattern.test(each))) isIgnored = !isKept
    return isIgnored
  }
}

function toRule(line: string): { pattern: RegExp; isKept: boolean }[] {
  if (line === '' || line.startsWith('#')) return []
  const isKept = line.startsWith('!')
  const text = (isKept ? line.slice(1).trim() : line)
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|^(\.\/)+/, '')
    .replace(/\/\.?$/, '')
  return text === '' || text === '.' ? [] : [{ pattern: toPattern(text), isKept }]
}

function toPattern(text: string): RegExp {
  let source = ''
  for (let at = 0; at < text.length; at++) {
    const [length, piece] = pieceAt(text, at)
    source += piece
    at += length - 1
  }
  return new RegExp(`^${source}$`, 's')
}

/** How many characters it takes, and what it means as a regular expression. */
function pieceAt(text: string, at: number): [length: number, source: string] {
  const rest = text.slice(at)
  if (rest.startsWith('**/')) return [3, '(.*/)?']
  if (rest.startsWith('**')) return [2, '.*']
  if (rest.startsWith('*')) return [1, '[^/]*']
  if (rest.startsWith('?')) return [1, '[^/]']
  const [set] = /^\[\^?[^\]/]+\]/.exec(rest) ?? []
  if (set !== undefined) return [set.length, set.replace(/\\(?![\]\\^-])/g, '')]
  if (rest.startsWith('\\') && rest.length > 1) return [2, escapeText(rest.charAt(1))]
  return [1, escapeText(rest.charAt(0))]
}

const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
