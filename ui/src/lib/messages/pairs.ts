/** Who talks to whom: how often, and when last. Knows nothing of the screen or of HTTP. */
import type { TeamMessage } from '#contract/event.ts'
import type { MessageQuery } from './window.ts'

/** Two names of a team; the order of the two says nothing. */
export type Pair = {
  key: string
  a: string
  b: string
  /** Messages of `a` to `b`, and of `b` to `a`. */
  there: number
  back: number
  /** Epoch milliseconds of the last one. */
  lastAt: number
}

export type Talk = {
  pairs: ReadonlyMap<string, Pair>
  /** Of the newest message that was counted. */
  lastId: number
}

export const noTalk: Talk = { pairs: new Map(), lastId: 0 }

export const pairKey = (one: string, other: string): string => [one, other].sort().join(' ')

export const countOf = ({ there, back }: Pair): number => there + back

const receivers = ({ to_subtask_id: to, deliveries = [] }: TeamMessage): Set<string> =>
  new Set([...(to === undefined ? [] : [to]), ...deliveries.map((each) => each.to)])

/** With messages that came after; those that were counted before are left out. A message to several counts for each. */
export function addTalk(talk: Talk, messages: readonly TeamMessage[]): Talk {
  const pairs = new Map(talk.pairs)
  let { lastId } = talk
  for (const message of messages) {
    if (message.id <= lastId) continue
    lastId = message.id
    const { from_subtask_id: from } = message
    if (from === undefined) continue
    for (const to of receivers(message)) {
      if (to === from) continue
      const key = pairKey(from, to)
      pairs.set(key, said(pairs.get(key) ?? emptyPair(from, to), from, message.created_at))
    }
  }
  return { pairs, lastId }
}

const emptyPair = (a: string, b: string): Pair => ({
  ...{ key: pairKey(a, b), a, b },
  ...{ there: 0, back: 0, lastAt: 0 },
})

const said = (pair: Pair, from: string, at: string): Pair => ({
  ...pair,
  there: pair.there + (pair.a === from ? 1 : 0),
  back: pair.back + (pair.b === from ? 1 : 0),
  lastAt: Math.max(pair.lastAt, Date.parse(at)),
})

const talkPage = 1000

/** Everything that was said since, page by page. */
export async function readTalk(
  read: (query: Pick<MessageQuery, 'limit' | 'after'>) => Promise<TeamMessage[]>,
  talk: Talk,
): Promise<Talk> {
  let known = talk
  for (;;) {
    const page = await read({ limit: talkPage, after: known.lastId })
    known = addTalk(known, page)
    if (page.length < talkPage) return known
  }
}

/** Those who talk most come first. */
export const byCount = (pairs: Iterable<Pair>): Pair[] =>
  [...pairs].sort((one, other) => countOf(other) - countOf(one) || other.lastAt - one.lastAt)

/** "Manager to Store: 3, back: 1". */
export const pairWords = (pair: Pair, wordOf: (name: string) => string): string =>
  `${wordOf(pair.a)} to ${wordOf(pair.b)}: ${pair.there}, back: ${pair.back}`
