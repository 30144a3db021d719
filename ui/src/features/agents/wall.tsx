import { A } from '@solidjs/router'
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { keepFocus } from '../../data/keep-focus.ts'
import { agentName } from './agent-name.ts'
import { TextTail } from './agent-tail.tsx'
import { countWalls, forWall, wallSize } from './agents-filter.ts'

/** What up to twelve agents print, side by side, as text; with more there is a wall behind the wall. */
export function Wall(props: { task: Task; agents: readonly Agent[] }): JSX.Element {
  const [chosen, setChosen] = createSignal(0)
  const walls = (): number => countWalls(props.agents.length)
  const wall = (): number => Math.min(chosen(), walls() - 1)
  const first = (): number => wall() * wallSize + 1
  const go = (to: number): void => {
    setChosen(to)
    keepFocus()
  }
  useActions(() =>
    walls() === 1
      ? []
      : [
          {
            id: 'agents.wall-next',
            label: 'Next twelve agents',
            group: 'Agents',
            keys: '.',
            disabled: wall() === walls() - 1 && 'These are the last ones.',
            run: () => go(wall() + 1),
          },
          {
            id: 'agents.wall-previous',
            label: 'Previous twelve agents',
            group: 'Agents',
            keys: ',',
            disabled: wall() === 0 && 'These are the first ones.',
            run: () => go(wall() - 1),
          },
        ],
  )
  const ids = createMemo(() => forWall(props.agents, wall()).map(({ id }) => id), undefined, {
    equals: (a, b) => a.join() === b.join(),
  })
  const status = (agent: Agent) => agentStatus(agent, props.task)
  return (
    <div class="col gap-2">
      <Show when={props.agents.length > wallSize}>
        <div class="row gap-2">
          <p class="t3 text-small flex-1" role="status">
            {`Agents ${first()} to ${first() + ids().length - 1} of ${props.agents.length}, those at work first.`}
          </p>
          <Button small shortcut="," disabled={wall() === 0} onClick={() => go(wall() - 1)}>
            Previous
          </Button>
          <Button
            small
            shortcut="."
            disabled={wall() === walls() - 1}
            onClick={() => go(wall() + 1)}
          >
            Next
          </Button>
        </div>
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
