import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { agentName } from './agent-name.ts'
import { TextTail } from './agent-tail.tsx'
import { forWall, wallSize } from './agents-filter.ts'

/** What up to twelve agents print, side by side, as text. */
export function Wall(props: { task: Task; agents: readonly Agent[] }): JSX.Element {
  const ids = createMemo(() => forWall(props.agents).map(({ id }) => id), undefined, {
    equals: (a, b) => a.join() === b.join(),
  })
  const status = (agent: Agent) => agentStatus(agent, props.task)
  return (
    <div class="col gap-2">
      <Show when={props.agents.length > wallSize}>
        <p class="t3 text-small">
          {`${wallSize} of ${props.agents.length} agents, those at work first. Filter to see others.`}
        </p>
      </Show>
      <ul
        class="grid gap-3 grid-cols-[repeat(auto-fill,minmax(min(100%,340px),1fr))]"
        aria-label="Wall of outputs"
      >
        <For each={ids()}>
          {(id) => (
            <Show when={props.agents.find((agent) => agent.id === id)}>
              {(agent) => (
                <li class="card overflow-hidden">
                  <A
                    data-row
                    data-agent={id}
                    href={`/tasks/${agent().task_id}/agents/${id}?view=terminal`}
                    class="block rounded-card"
                  >
                    <span class="row h-11 md:h-8 px-3 rule">
                      <Glyph name={status(agent()).glyph} label={status(agent()).word} />
                      <span class="font-500 clip flex-1">{agentName(agent())}</span>
                      <span class="t3 text-small">{agent().role}</span>
                    </span>
                    <TextTail agent={agent()} lines={8} />
                  </A>
                </li>
              )}
            </Show>
          )}
        </For>
      </ul>
    </div>
  )
}
