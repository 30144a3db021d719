import { createMemo, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Empty, Loaded, Skeleton } from '../components/part.tsx'
import { all, store } from '../data/store.ts'
import { AgentTable } from '../features/agents/agent-table.tsx'
import { fitsLive } from '../features/agents/live-filter.ts'
import { LiveFilters, useLiveFilter } from '../features/agents/live-filters.tsx'

const rank: Record<Agent['status'], number> = {
  lost: 0,
  failed: 1,
  running: 2,
  created: 3,
  queued: 4,
  completed: 5,
  stopped: 6,
}

/** Every agent that works or waits, of all tasks. In the order of entry: a change of state moves nobody. */
export function AgentsPage(): JSX.Element {
  const tasks = createMemo(
    () => new Map((store.tasks.get('active').value ?? []).map((task) => [task.id, task])),
  )
  const { filter, change, clear } = useLiveFilter()
  const shown = (agents: readonly Agent[]): Agent[] =>
    ordered(agents).filter((agent) => fitsLive(agent, tasks().get(agent.task_id), filter()))
  const slots = () => store.system.get(all).value?.slots
  const places = new Map<string, number>()
  const ordered = (agents: readonly Agent[]): Agent[] => {
    const fresh = agents
      .filter(({ id }) => !places.has(id))
      .toSorted(
        (a, b) => rank[a.status] - rank[b.status] || a.created_at.localeCompare(b.created_at),
      )
    for (const { id } of fresh) places.set(id, places.size)
    return agents.toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0))
  }
  return (
    <>
      <PageHeader title="Agents">
        <Show when={slots()}>
          {(known) => (
            <span class="t2">
              {known().used} of {known().total} slots
              <Show when={known().queued > 0}>, {known().queued} waiting</Show>
            </span>
          )}
        </Show>
        <LinkButton href="/new" icon="plus" shortcut="N" look="next">
          New task
        </LinkButton>
      </PageHeader>
      <div class="page flex-1 min-h-0 col">
        <div class="max-w-[1680px] w-full flex-1 min-h-0 col">
          <Loaded
            entry={store.liveAgents.get(all)}
            onRetry={() => void store.liveAgents.refresh(all)}
            skeleton={
              <div class="card">
                <Skeleton rows={8} height={37} />
              </div>
            }
          >
            {(agents) => (
              <Show
                when={agents().length > 0}
                fallback={
                  <div class="card">
                    <Empty action={<LinkButton href="/tasks">See all tasks</LinkButton>}>
                      No agent is working. Agents of every task appear here while they run or wait
                      for a slot.
                    </Empty>
                  </div>
                }
              >
                <LiveFilters
                  agents={agents()}
                  tasks={tasks()}
                  filter={filter()}
                  onChange={change}
                />
                <Show
                  when={shown(agents()).length > 0}
                  fallback={
                    <div class="card">
                      <Empty action={<Button onClick={clear}>Show all agents</Button>}>
                        No agent at work fits this filter.
                      </Empty>
                    </div>
                  }
                >
                  <AgentTable agents={shown(agents())} tasks={tasks()} label="Live agents" />
                </Show>
              </Show>
            )}
          </Loaded>
        </div>
      </div>
    </>
  )
}
