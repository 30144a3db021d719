/** What is told of a list that grows and shrinks: each of its things once, and nothing of what was there from the beginning. */
export type News<Item> = {
  /** What is in `items` for the first time. Everything counts as told then, whether or not it was shown to anybody. */
  take(items: readonly Item[]): Item[]
}

export function createNews<Item extends { id: string }>(): News<Item> {
  let told: Set<string> | undefined
  return {
    take(items) {
      const before = told
      told = new Set([...(before ?? []), ...items.map(({ id }) => id)])
      return before ? items.filter(({ id }) => !before.has(id)) : []
    },
  }
}
