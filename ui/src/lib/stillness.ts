/** Whether what is pressed stood where it is for long enough that it was meant: nobody allows what slid under the pointer. */

/** Milliseconds a thing has to stand still, and to be there at all. */
export const stillMs = 400

type Place = { x: number; y: number }
type Known = Place & { since: number }

export type Stillness<Thing> = {
  /** Where the things are now. Those that are new or elsewhere than before count from now on. */
  look(places: ReadonlyMap<Thing, Place>): void
  /** The same, when the person has moved them: by scrolling, they move without being new. */
  follow(places: ReadonlyMap<Thing, Place>): void
  isStill(thing: Thing): boolean
}

/** `now` in milliseconds. Less than a pixel is no move. */
export function createStillness<Thing>(now: () => number): Stillness<Thing> {
  let known = new Map<Thing, Known>()
  const take = (places: ReadonlyMap<Thing, Place>, isSame: (a: Place, b: Place) => boolean) => {
    const next = new Map<Thing, Known>()
    for (const [thing, place] of places) {
      const before = known.get(thing)
      const since = before && isSame(before, place) ? before.since : now()
      // By name: what a browser measures has no fields of its own.
      next.set(thing, { x: place.x, y: place.y, since })
    }
    known = next
  }
  return {
    look: (places) => take(places, (a, b) => Math.abs(a.x - b.x) < 1 && Math.abs(a.y - b.y) < 1),
    follow: (places) => take(places, () => true),
    isStill(thing) {
      const since = known.get(thing)?.since
      return since !== undefined && now() - since >= stillMs
    },
  }
}
