export type IconState = '' | 'need' | 'run' | 'fail' | 'stale'

/** The most urgent of what is the case. */
export function toIconState(facts: {
  isStale: boolean
  asks: boolean
  fails: boolean
  works: boolean
}): IconState {
  if (facts.isStale) return 'stale'
  if (facts.asks) return 'need'
  if (facts.fails) return 'fail'
  return facts.works ? 'run' : ''
}
