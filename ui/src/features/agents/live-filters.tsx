import { useSearchParams } from '@solidjs/router'
import { createMemo, For, type JSX } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import { keepFocus } from '../../data/keep-focus.ts'
import {
  fitsLive,
  type LiveFilter,
  type LiveState,
  liveStateNames,
  liveStates,
  nextLiveState,
} from './live-filter.ts'

type Query = { state?: string; task?: string; q?: string }
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The filter in the address, and the way to change it; `clear` shows all again. */
export function useLiveFilter(): {
  filter: () => LiveFilter
  change: (change: { [name in keyof Query]: string | null }) => void
  clear: () => void
} {
  const [query, setQuery] = useSearchParams<Query>()
  const change = (next: { [name in keyof Query]: string | null }): void => {
    setQuery(next, { replace: true })
    if (next.q === undefined) keepFocus()
  }
  return {
    filter: () => ({
      state: liveStates.find((each) => each === query.state) ?? 'all',
      taskId: text(query.task),
      words: text(query.q).trim(),
    }),
    change,
    clear: () => change({ state: null, task: null, q: null }),
  }
}

/** Above the list: state with counts, task, words. What is counted fits the other two. */
export function LiveFilters(props: {
  agents: readonly Agent[]
  tasks: ReadonlyMap<string, Task>
  filter: LiveFilter
  onChange: (change: { [name in keyof Query]: string | null }) => void
}): JSX.Element {
  const count = (state: LiveState): number =>
    props.agents.filter((agent) =>
      fitsLive(agent, props.tasks.get(agent.task_id), { ...props.filter, state }),
    ).length
  const show = (state: LiveState): void => props.onChange({ state: state === 'all' ? null : state })
  const theirTasks = createMemo(() => {
    const ids = new Set([...props.agents.map(({ task_id }) => task_id), props.filter.taskId])
    return [...ids]
      .filter((id) => id !== '')
      .map((id) => ({ id, name: props.tasks.get(id)?.name ?? id }))
      .toSorted((a, b) => a.name.localeCompare(b.name))
  })
  useActions(() => [
    {
      id: 'live.filter',
      label: `Filter agents: ${liveStateNames[nextLiveState(props.filter.state)]}`,
      group: 'List',
      keys: 'f',
      run: () => show(nextLiveState(props.filter.state)),
    },
    ...liveStates.map((state) => ({
      id: `live.show-${state}`,
      label: `Show agents: ${liveStateNames[state]}`,
      group: 'List',
      run: () => show(state),
    })),
  ])
  return (
    <div class="flex flex-wrap gap-2 items-center flex-none pb-3">
      <div class="scroll-x max-w-full">
        <Segmented
          label="Show"
          value={props.filter.state}
          options={liveStates.map((value) => ({
            value,
            label: liveStateNames[value],
            count: count(value),
          }))}
          onChange={show}
        />
      </div>
      <span class="flex-1 lt-md:hidden!" />
      <select
        class="input w-auto! max-w-[220px] lt-md:flex-1 lt-md:min-w-0 lt-md:max-w-none"
        aria-label="Task"
        value={props.filter.taskId}
        onChange={(event) => props.onChange({ task: event.currentTarget.value || null })}
      >
        <option value="">Every task</option>
        <For each={theirTasks()}>
          {({ id, name }) => (
            <option value={id} selected={id === props.filter.taskId}>
              {name}
            </option>
          )}
        </For>
      </select>
      <input
        type="search"
        class="input md:max-w-[260px] lt-md:flex-1 lt-md:min-w-0"
        placeholder="Search name, role, work"
        aria-label="Search agents"
        value={props.filter.words}
        onInput={(event) => props.onChange({ q: event.currentTarget.value || null })}
        onKeyDown={toFirstRow}
      />
    </div>
  )
}

/** From the words to what they have found. */
function toFirstRow(event: KeyboardEvent): void {
  if (event.isComposing || !['Enter', 'ArrowDown'].includes(event.key)) return
  event.preventDefault()
  document.querySelector<HTMLElement>('main [data-at="0"] [data-row]')?.focus()
}
