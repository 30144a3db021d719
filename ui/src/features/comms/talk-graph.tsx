import { createMemo, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { PartError, Skeleton } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { person } from '../../data/messages-api.ts'
import { byCount, type Pair, pairKey } from '../../lib/messages/pairs.ts'
import type { Address } from './address.ts'
import { createTalk } from './talk.ts'
import { TalkDrawing } from './talk-drawing.tsx'
import { PairList } from './talk-list.tsx'

/** What the drawing and the list need of the talk. */
export type TalkView = {
  task: Task
  names: readonly string[]
  pairs: readonly Pair[]
  wordOf(name: string): string
  isChosen(name: string): boolean
  isChosenPair(pair: Pair): boolean
  choose(name: string): void
  choosePair(pair: Pair): void
}

/** Who talks to whom. Each name and each pair shows its talk beside it; pressed again, everybody's. On a phone it is a list. */
export function TalkGraph(props: {
  task: Task
  address: Address
  team: readonly string[]
  wordOf: (name: string) => string
}): JSX.Element {
  const talk = createTalk(props.task.id, props.address.kind)
  const pairs = createMemo(() => byCount(talk.known()?.pairs.values() ?? []))
  const names = createMemo(() => [
    ...new Set([person, ...props.team, ...pairs().flatMap(({ a, b }) => [a, b])]),
  ])
  const show = (agent: string, and: string): void => props.address.set({ agent, and, message: '' })
  const chosenPair = (): string | undefined => {
    const [one, other] = [props.address.agent(), props.address.other()]
    return one !== undefined && other !== undefined ? pairKey(one, other) : undefined
  }
  const isChosenPair = (pair: Pair): boolean => chosenPair() === pair.key
  const isChosen = (name: string): boolean =>
    props.address.agent() === name && props.address.other() === undefined
  const choose = (name: string): void => show(isChosen(name) ? '' : name, '')
  const choosePair = (pair: Pair): void =>
    isChosenPair(pair) ? show('', '') : show(pair.a, pair.b)
  const view: TalkView = {
    get task() {
      return props.task
    },
    get names() {
      return names()
    },
    get pairs() {
      return pairs()
    },
    wordOf: (name) => props.wordOf(name),
    ...{ isChosen, isChosenPair, choose, choosePair },
  }
  useActions(() => [
    ...names().map((name) => ({
      id: `comms.with.${name}`,
      label: `Show what is said with ${props.wordOf(name)}`,
      group: 'Comms',
      run: () => show(name, ''),
    })),
    ...pairs().map((pair) => ({
      id: `comms.between.${pair.key}`,
      label: `Show what ${props.wordOf(pair.a)} and ${props.wordOf(pair.b)} said`,
      group: 'Comms',
      run: () => show(pair.a, pair.b),
    })),
  ])
  return (
    <section
      aria-label="The talk as a graph"
      class="min-h-0 min-w-0 col rule lg:border-b-0 lt-md:max-h-[45%] flex-1"
    >
      <Show when={talk.error()}>
        {(message) => <PartError message={message()} onRetry={talk.retry} />}
      </Show>
      <Show
        when={talk.known()}
        fallback={
          <Show when={!talk.error()}>
            <Skeleton rows={6} height={44} />
          </Show>
        }
      >
        <div class="desk flex-1 min-h-0 overflow-auto flex">
          <TalkDrawing view={view} />
        </div>
        <div class="phone overflow-auto">
          <PairList view={view} />
        </div>
      </Show>
    </section>
  )
}
