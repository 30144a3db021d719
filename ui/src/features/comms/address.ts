/** What of a team's talk is shown, as the address says it: `?view=graph&agent=manager&and=cover&kind=directive&q=…&message=12`. */
import { useLocation, useSearchParams } from '@solidjs/router'
import type { MessageKind } from '#contract/event.ts'
import { kinds } from '../../lib/messages/words.ts'

type Query = {
  view?: string
  agent?: string
  and?: string
  kind?: string
  q?: string
  message?: string
}

export type Address = {
  /** Name in the team, `user` or `orchestrator`. */
  agent(): string | undefined
  /** The other of the two whose talk is shown. */
  other(): string | undefined
  isGraph(): boolean
  kind(): MessageKind | undefined
  search(): string
  message(): number | undefined
  isFiltered(): boolean
  /** An empty text takes it out of the address. */
  set(change: Query): void
  hrefOf(message: number): string
}

export function useAddress(): Address {
  const [query, setQuery] = useSearchParams<Query>()
  const location = useLocation()
  const kind = (): MessageKind | undefined => kinds.find((each) => each === query.kind)
  const search = (): string => query.q ?? ''
  return {
    agent: () => query.agent || undefined,
    other: () => (query.agent && query.and) || undefined,
    isGraph: () => query.view === 'graph',
    kind,
    search,
    message: () => (/^\d{1,15}$/.test(query.message ?? '') ? Number(query.message) : undefined),
    isFiltered: () => Boolean(query.agent || kind() || search()),
    set: (change) => setQuery(change, { replace: true, scroll: false }),
    hrefOf(message) {
      const next = new URLSearchParams(location.search)
      next.set('message', String(message))
      return `${location.pathname}?${next}`
    },
  }
}
