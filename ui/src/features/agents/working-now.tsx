import { createSignal, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { AgentTable } from './agent-table.tsx'

const maxShown = 5

/** Agents at work, below the plan. */
export function WorkingNow(props: { agents: readonly Agent[] }): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  return (
    <Show when={props.agents.length > 0}>
      <section aria-label="Working now" class="rule-top bg-bg1 max-h-[40vh] overflow-auto">
        <div class="row h-row px-4">
          <h2 class="h-part">Working now</h2>
          <span class="count">{props.agents.length}</span>
        </div>
        <div class="[&>.card]:border-0 [&>.card]:rounded-none px-1">
          <AgentTable
            agents={isWhole() ? props.agents : props.agents.slice(0, maxShown)}
            label="Agents at work"
          />
        </div>
        <Show when={!isWhole() && props.agents.length > maxShown}>
          <button
            type="button"
            class="w-full h-row px-4 t2 text-start rule-top"
            onClick={() => setWhole(true)}
          >
            Show {props.agents.length - maxShown} more
          </button>
        </Show>
      </section>
    </Show>
  )
}
