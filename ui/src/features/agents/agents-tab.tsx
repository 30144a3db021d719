import { useSearchParams } from '@solidjs/router'
import {
  createMemo,
  createResource,
  createSignal,
  type JSX,
  Match,
  onCleanup,
  Show,
  Switch,
} from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Empty } from '../../components/part.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { keepFocus } from '../../data/keep-focus.ts'
import { createListKeys } from '../../data/keys.ts'
import { AgentCards } from './agent-cards.tsx'
import { type AgentLoad, AgentRows } from './agent-rows.tsx'
import {
  type AgentFilter,
  agentFilters,
  filterNames,
  matchesFilter,
  nextFilter,
} from './agents-filter.ts'
import { BulkBar } from './bulk-bar.tsx'
import { Wall } from './wall.tsx'

const mostCards = 4
const loadMs = 5000

/** Agents of one task: cards for a few, a table for many, or a wall of what they print. */
export function AgentsTab(props: { task: Task }): JSX.Element {
  const [query, setQuery] = useSearchParams<{ filter?: string; wall?: string }>()
  const [picked, setPicked] = createSignal<ReadonlySet<string>>(new Set<string>())
  const filter = (): AgentFilter => agentFilters.find((each) => each === query.filter) ?? 'all'
  const isWall = (): boolean => query.wall === '1'
  const all = (): readonly Agent[] => props.task.agents ?? []
  const count = (which: AgentFilter): number =>
    all().filter((agent) => matchesFilter(agent, which, props.task)).length
  const shown = createMemo(() =>
    all().filter((agent) => matchesFilter(agent, filter(), props.task)),
  )
  const setFilter = (next: AgentFilter): void => {
    setQuery({ filter: next === 'all' ? null : next }, { replace: true })
    keepFocus()
  }
  const toggleWall = (): void => {
    setQuery({ wall: isWall() ? null : '1' }, { replace: true })
    keepFocus()
  }
  const toggle = (ids: readonly string[], on: boolean): void => {
    const next = new Set(picked())
    for (const id of ids) {
      if (on) next.add(id)
      else next.delete(id)
    }
    setPicked(next)
  }
  createListKeys('[data-row]')
  useActions(() => [
    {
      id: 'agents.filter',
      label: `Filter agents: ${filterNames[nextFilter(filter())]}`,
      group: 'Agents',
      keys: 'f',
      run: () => setFilter(nextFilter(filter())),
    },
    {
      id: 'agents.wall',
      label: isWall() ? 'Leave the wall' : 'Show the wall of outputs',
      group: 'Agents',
      keys: 'w',
      run: toggleWall,
    },
    {
      id: 'agents.pick',
      label: 'Pick the agent',
      group: 'Agents',
      keys: 'x',
      palette: false,
      run: () => {
        const focused = document.activeElement?.closest<HTMLElement>('[data-agent]')
        const row = focused ?? document.querySelector<HTMLElement>('tr[data-agent]')
        const id = row?.dataset.agent
        if (id === undefined) return false
        if (!focused) row?.querySelector<HTMLElement>('[data-row]')?.focus()
        toggle([id], !picked().has(id))
        return undefined
      },
    },
  ])
  const load = createLoad(() => props.task.id)
  return (
    <div class="flex-1 min-h-0 col">
      <Show when={all().length > 0}>
        <div class="flex items-center gap-2 px-4 md:px-5 py-2 flex-none">
          <div class="min-w-0 scroll-x">
            <Segmented
              label="Show agents"
              value={filter()}
              options={agentFilters.map((value) => ({
                value,
                label: filterNames[value],
                count: count(value),
              }))}
              onChange={setFilter}
            />
          </div>
          <span class="flex-1" />
          <Button class="flex-none" shortcut="W" aria-pressed={isWall()} onClick={toggleWall}>
            {isWall() ? 'Leave the wall' : 'Wall'}
          </Button>
        </div>
      </Show>
      <div class="flex-1 min-h-0 overflow-auto px-4 md:px-5 pb-4">
        <Switch
          fallback={
            <AgentRows
              task={props.task}
              agents={shown()}
              load={load()}
              picked={picked()}
              onPick={toggle}
            />
          }
        >
          <Match when={all().length === 0}>
            <Empty
              action={<LinkButton href={`/tasks/${props.task.id}`}>Back to the plan</LinkButton>}
            >
              No agents yet. The planner is the first; every subtask gets one of its own.
            </Empty>
          </Match>
          <Match when={shown().length === 0}>
            <Empty action={<Button onClick={() => setFilter('all')}>Show all agents</Button>}>
              {`No agent is in “${filterNames[filter()]}”.`}
            </Empty>
          </Match>
          <Match when={isWall()}>
            <Wall task={props.task} agents={shown()} />
          </Match>
          <Match when={shown().length <= mostCards && filter() === 'all'}>
            <AgentCards task={props.task} agents={shown()} load={load()} />
          </Match>
        </Switch>
      </div>
      <Show when={picked().size > 0 && !isWall()}>
        <BulkBar
          agents={all().filter(({ id }) => picked().has(id))}
          onDone={() => setPicked(new Set<string>())}
        />
      </Show>
    </div>
  )
}

/** CPU and memory of containers, measured while somebody looks. An agent that has none is not in it. */
function createLoad(taskId: () => string): () => ReadonlyMap<string, AgentLoad> {
  const [stats, { refetch }] = createResource(taskId, (id) => api.stats(id).catch(() => []))
  const timer = setInterval(() => {
    if (!document.hidden) void refetch()
  }, loadMs)
  onCleanup(() => clearInterval(timer))
  return createMemo(
    () =>
      new Map(
        (stats.latest ?? []).map(({ agent_id: id, stats: each }) => [
          id,
          { cpu: each.cpu_percent, memory: each.memory_usage },
        ]),
      ),
  )
}
