/** Finding by a few letters, as palettes do: letters in order, better when they begin words or stand together. */

export type Match = {
  score: number
  /** Places of the found letters in the text, ascending. */
  at: number[]
}

/** Undefined when the letters of `query` are not in `text` in their order. An empty query fits everything with 0. */
export function matchFuzzy(query: string, text: string): Match | undefined {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, '')
  const hay = text.toLowerCase()
  if (wanted === '') return { score: 0, at: [] }
  const whole = hay.indexOf(query.trim().toLowerCase())
  const at = whole >= 0 ? runFrom(whole, query.trim().length) : greedy(wanted, hay)
  if (!at) return undefined
  return { score: scoreOf(at, hay) + (whole >= 0 ? 20 : 0), at }
}

const runFrom = (start: number, length: number): number[] =>
  Array.from({ length }, (_, index) => start + index)

/** The first place of each letter after the one before, preferring beginnings of words. */
function greedy(wanted: string, hay: string): number[] | undefined {
  const at: number[] = []
  let from = 0
  for (const letter of wanted) {
    const begin = beginningOf(letter, hay, from)
    const next = begin >= 0 && begin - from < 24 ? begin : hay.indexOf(letter, from)
    const place = hay[from] === letter && at.at(-1) === from - 1 ? from : next
    if (place < 0) return at.length > 0 ? plain(wanted, hay) : undefined
    at.push(place)
    from = place + 1
  }
  return at
}

/** Without preferences: it finds whatever can be found. */
function plain(wanted: string, hay: string): number[] | undefined {
  const at: number[] = []
  let from = 0
  for (const letter of wanted) {
    const place = hay.indexOf(letter, from)
    if (place < 0) return undefined
    at.push(place)
    from = place + 1
  }
  return at
}

function beginningOf(letter: string, hay: string, from: number): number {
  for (let place = hay.indexOf(letter, from); place >= 0; place = hay.indexOf(letter, place + 1))
    if (isBeginning(hay, place)) return place
  return -1
}

const isBeginning = (hay: string, place: number): boolean =>
  place === 0 || /[\s/_.:-]/.test(hay[place - 1] ?? '')

function scoreOf(at: readonly number[], hay: string): number {
  let score = 0
  for (const [index, place] of at.entries()) {
    if (isBeginning(hay, place)) score += 8
    if (index > 0 && place === (at[index - 1] ?? -2) + 1) score += 6
    score += 1
  }
  // The shorter text is the better answer to the same letters.
  return score - (at[0] ?? 0) * 0.1 - hay.length * 0.02
}
