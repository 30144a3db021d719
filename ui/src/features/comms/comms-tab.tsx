import { createMemo, createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import type { MessageKind } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import { managerName } from '#contract/team-tools.ts'
import { Button } from '../../components/button.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import { store } from '../../data/store.ts'
import { rolesOf } from '../../lib/messages/receivers.ts'
import { kinds, kindWords, nameWord, type WordOf } from '../../lib/messages/words.ts'
import { type Address, useAddress } from './address.ts'
import { MessageList } from './message-list.tsx'
import { NamePicker } from './name-picker.tsx'
import { TalkGraph } from './talk-graph.tsx'
import { TeamComposer } from './team-composer.tsx'

const searchDelayMs = 200

/** Who said what to whom; what a person wants to say to the team goes below it. */
export function CommsTab(props: { task: Task }): JSX.Element {
  const address = useAddress()
  const plan = () => store.plan.get(props.task.id).value
  /** Who can be spoken to: the manager first, then subtasks in their order. */
  const team = createMemo(() => [
    ...((props.task.agents ?? []).some(({ kind }) => kind === 'manager') ? [managerName] : []),
    ...(plan()?.subtasks ?? []).map(({ id }) => id),
  ])
  const subtaskNames = createMemo(
    () => new Map((plan()?.subtasks ?? []).map(({ id, name }) => [id, name])),
  )
  const wordOf: WordOf = (name) => subtaskNames().get(name) ?? nameWord(name)
  return (
    <div data-talk class="flex-1 min-h-0 col">
      <Filters address={address} team={team()} wordOf={wordOf} />
      <div class="flex-1 min-h-0 col lg:flex-row">
        <Show when={address.isGraph()}>
          <TalkGraph task={props.task} address={address} team={team()} wordOf={wordOf} />
        </Show>
        <div
          class="flex-1 min-h-0 min-w-0 col"
          classList={{
            'lg:flex-none lg:w-[380px] xl:w-[480px] lg:border-0 lg:border-l lg:border-solid lg:border-line':
              address.isGraph(),
          }}
        >
          <MessageList task={props.task} address={address} wordOf={wordOf} />
        </div>
      </div>
      <TeamComposer
        task={props.task}
        team={team()}
        roles={rolesOf(plan()?.subtasks ?? [])}
        wordOf={wordOf}
        to={address.other() ? undefined : address.agent()}
      />
    </div>
  )
}

const all = 'all'

function Filters(props: {
  address: Address
  team: readonly string[]
  wordOf: WordOf
}): JSX.Element {
  let field: HTMLInputElement | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const [typed, setTyped] = createSignal(props.address.search())
  const search = (text: string): void => {
    setTyped(text)
    clearTimeout(timer)
    timer = setTimeout(() => props.address.set({ q: text.trim(), message: '' }), searchDelayMs)
  }
  const clear = (): void => {
    clearTimeout(timer)
    setTyped('')
    props.address.set({ q: '', kind: '', agent: '', and: '', message: '' })
  }
  const toggleGraph = (): void =>
    props.address.set({ view: props.address.isGraph() ? '' : 'graph' })
  useActions(() => [
    {
      id: 'comms.search',
      label: 'Search what was said',
      group: 'Comms',
      keys: '/',
      run: () => field?.focus(),
    },
    {
      id: 'comms.clear',
      label: 'Show everything that was said',
      group: 'Comms',
      disabled: !props.address.isFiltered() && 'Everything is shown.',
      run: clear,
    },
    {
      id: 'comms.graph',
      label: 'Show the talk as a graph',
      group: 'Comms',
      words: 'graph view thread',
      run: toggleGraph,
    },
    ...kinds.map((kind) => ({
      id: `comms.only.${kind}`,
      label: `Show only ${kindWords[kind].many.toLowerCase()}`,
      group: 'Comms',
      run: () => props.address.set({ kind, message: '' }),
    })),
  ])
  return (
    <div class="flex lt-md:flex-wrap gap-2 items-center px-4 md:px-5 py-2 rule flex-none">
      <div class="desk">
        <Segmented<MessageKind | typeof all>
          label="Which kind"
          value={props.address.kind() ?? all}
          options={[
            { value: all, label: 'All' },
            ...kinds.map((value) => ({ value, label: kindWords[value].many })),
          ]}
          onChange={(kind) => props.address.set({ kind: kind === all ? '' : kind, message: '' })}
        />
      </div>
      <select
        class="phone input flex-1 min-w-0 text-ellipsis"
        aria-label="Which kind"
        onChange={(event) => props.address.set({ kind: event.currentTarget.value, message: '' })}
      >
        <option value="" selected={props.address.kind() === undefined}>
          All kinds
        </option>
        <For each={kinds}>
          {(kind) => (
            <option value={kind} selected={props.address.kind() === kind}>
              {kindWords[kind].many}
            </option>
          )}
        </For>
      </select>
      <span class="desk flex-1" />
      <Button
        icon="branch"
        label="Show the talk as a graph"
        class="lt-md:w-11 lt-md:px-0! aria-pressed:bg-bg3!"
        aria-pressed={props.address.isGraph()}
        onClick={toggleGraph}
      >
        <span class="lt-md:hidden">Graph</span>
      </Button>
      <NamePicker address={props.address} team={props.team} wordOf={props.wordOf} />
      <input
        ref={field}
        type="search"
        class="input flex-1 min-w-0 lt-md:basis-full md:max-w-[260px]"
        placeholder="Search"
        aria-label="Search what was said"
        value={typed()}
        onInput={(event) => search(event.currentTarget.value)}
      />
    </div>
  )
}
