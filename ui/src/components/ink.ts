/** The one ink button of the screen: who wants to be it, and who is. */
import { createRenderEffect, createSignal, onCleanup } from 'solid-js'

type Claim = { weight: number }

const weights = { primary: 2, next: 1 } as const
/** `primary`: what the screen is for now. `next`: what one would do next, while nothing is primary. */
export type InkLook = keyof typeof weights

const [claims, setClaims] = createSignal<readonly Claim[]>([])

/** Of the heaviest the latest: an open dialog before its page, the page before what is around it. */
const holder = (): Claim | undefined =>
  claims().reduce<Claim | undefined>(
    (best, claim) => (best && best.weight > claim.weight ? best : claim),
    undefined,
  )

const weightOf = (look: string): number => (look in weights ? weights[look as InkLook] : 0)

/** For the life of the owner; `look` may change. Reactive: whether this one is it. */
export function createInk(look: () => string): () => boolean {
  let own: Claim | undefined
  createRenderEffect(() => {
    const weight = weightOf(look())
    if (weight === 0) return
    const claim = { weight }
    own = claim
    setClaims((known) => [...known, claim])
    onCleanup(() => {
      own = undefined
      setClaims((known) => known.filter((each) => each !== claim))
    })
  })
  return () => weightOf(look()) > 0 && holder() === own
}
