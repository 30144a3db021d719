import { A } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { now } from '../../data/clock.ts'
import { agentDuration, describeAgent, isDoing } from '../../data/status.ts'
import { load, save } from '../../lib/storage.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'

const maxShown = 5

/** Agents at work, one lane each, below the plan. */
export function WorkingNow(props: {
  task: Task
  agents: readonly Agent[]
  nameOf: (agent: Agent) => string
}): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  const [isFolded, setFolded] = createSignal(load('lanes') === 'folded')
  const shown = (): readonly Agent[] => (isWhole() ? props.agents : props.agents.slice(0, maxShown))
  const fold = (): void => {
    setFolded(!isFolded())
    save('lanes', isFolded() ? 'folded' : '')
  }
  return (
    <Show when={props.agents.length > 0}>
      <section aria-label="Working now" class="rule-top bg-bg1 max-h-[40vh] overflow-auto">
        <h2 class="m-0">
          <button
            type="button"
            class="w-full row h-row px-4 h-part text-start"
            aria-expanded={!isFolded()}
            onClick={fold}
          >
            Working now <span class="count">{props.agents.length}</span>
            <span class="flex-1" />
            <Icon name={isFolded() ? 'up' : 'down'} class="t3" />
          </button>
        </h2>
        <Show when={!isFolded()}>
          <ul>
            <For each={shown()}>
              {(agent) => <Lane task={props.task} agent={agent} name={props.nameOf(agent)} />}
            </For>
          </ul>
          <Show when={props.agents.length > shown().length}>
            <button
              type="button"
              class="w-full h-row px-4 t2 text-start rule-top hover:bg-bg2"
              onClick={() => setWhole(true)}
            >
              Show {props.agents.length - maxShown} more
            </button>
          </Show>
        </Show>
      </section>
    </Show>
  )
}

function Lane(props: { task: Task; agent: Agent; name: string }): JSX.Element {
  const status = () => agentStatus(props.agent, props.task)
  const doing = (): string => describeAgent(props.agent, props.task)
  const time = (): string => {
    const ms = agentDuration(props.agent, now())
    return ms === undefined ? '' : formatDuration(ms)
  }
  return (
    <li class="rule-top">
      <A
        data-row
        href={`/tasks/${props.agent.task_id}/agents/${props.agent.id}`}
        class="grid grid-cols-[18px_minmax(0,170px)_90px_minmax(0,1fr)_70px_60px_40px] gap-x-3 items-center px-4 h-row hover:bg-bg2"
      >
        <Glyph name={status().glyph} label={status().word} />
        <span class="font-500 clip">{props.name}</span>
        <span class="t3 clip">{props.agent.role}</span>
        <span
          class="clip"
          classList={{
            'mono t2': isDoing(props.agent, props.task),
            t3: !isDoing(props.agent, props.task),
          }}
          title={doing()}
        >
          {doing()}
        </span>
        <span class="t3 text-end whitespace-nowrap">{time()}</span>
        <span class="t3 text-end">{formatMoney(props.agent.cost_usd)}</span>
        <span class="font-500 text-end" aria-hidden="true">
          Open
        </span>
      </A>
    </li>
  )
}
