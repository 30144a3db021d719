import { createMemo, type JSX, Show } from 'solid-js'
import { PageHeader } from '../components/page-header.tsx'
import { Empty, Loaded, Skeleton } from '../components/part.tsx'
import { createListKeys } from '../data/keys.ts'
import { all, store } from '../data/store.ts'
import { AgentTable } from '../features/agents/agent-table.tsx'

export function AgentsPage(): JSX.Element {
  const names = createMemo(
    () => new Map((store.tasks.get(all).value ?? []).map(({ id, name }) => [id, name])),
  )
  const slots = () => store.system.get(all).value?.slots
  createListKeys('[data-row]')
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
      </PageHeader>
      <div class="page flex-1 min-h-0 overflow-auto">
        <Loaded
          entry={store.liveAgents.get(all)}
          onRetry={() => void store.liveAgents.refresh(all)}
          skeleton={<Skeleton rows={6} height={36} />}
        >
          {(agents) => (
            <Show
              when={agents().length > 0}
              fallback={
                <div class="card">
                  <Empty>
                    No agent is working. Agents of every task appear here while they run or wait for
                    a slot.
                  </Empty>
                </div>
              }
            >
              <AgentTable agents={agents()} taskNames={names()} label="Live agents" />
            </Show>
          )}
        </Loaded>
      </div>
    </>
  )
}
