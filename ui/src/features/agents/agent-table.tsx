import { A } from '@solidjs/router'
import { createMemo, type JSX, Show } from 'solid-js'
import { Virtualizer, type VirtualizerHandle } from 'virtua/solid'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { type Action, useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { keepScroll } from '../../data/scroll.ts'
import { agentDuration, describeAgent, isDoing } from '../../data/status.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { agentName } from './agent-name.ts'

/** One line per live agent of any task, however many: only those in view are drawn. */
export function AgentTable(props: {
  agents: readonly Agent[]
  label: string
  /** By id. */
  tasks: ReadonlyMap<string, Task>
}): JSX.Element {
  let scroller!: HTMLDivElement
  let handle: VirtualizerHandle | undefined
  // By id, so that a row whose agent says something new is not made anew.
  const ids = createMemo(() => props.agents.map(({ id }) => id), [], { equals: sameIds })
  const byId = createMemo(() => new Map(props.agents.map((agent) => [agent.id, agent])))
  const rowAt = (at: number): HTMLElement | null =>
    scroller.querySelector<HTMLElement>(`[data-at="${at}"] [data-row]`)
  // A row far below is drawn only after the list has come there.
  const focusRow = (at: number, triesLeft = 20): void => {
    const row = rowAt(at)
    if (row) row.focus({ preventScroll: true })
    else if (triesLeft > 0 && scroller.isConnected)
      requestAnimationFrame(() => focusRow(at, triesLeft - 1))
  }
  const move = (by: number): void => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-at]')?.dataset.at
    const top = handle?.findItemIndex(handle.scrollOffset) ?? 0
    const from = focused === undefined ? top - Math.sign(by) : Number(focused)
    const next = Math.max(0, Math.min(ids().length - 1, from + by))
    handle?.scrollToIndex(next, { align: 'nearest' })
    focusRow(next)
  }
  const key = (id: string, label: string, keys: string | string[], by: number): Action => ({
    id: `list.${id}`,
    label,
    group: 'List',
    keys,
    palette: false,
    run: () => move(by),
  })
  useActions([
    key('next', 'Next row', ['j', 'ArrowDown'], 1),
    key('previous', 'Previous row', ['k', 'ArrowUp'], -1),
    key('first', 'First row', 'Home', -Number.MAX_SAFE_INTEGER),
    key('last', 'Last row', 'End', Number.MAX_SAFE_INTEGER),
  ])
  return (
    <section aria-label={props.label} class="card overflow-hidden flex flex-col min-h-0">
      <Head />
      <div
        ref={(element) => {
          scroller = element
          keepScroll(element)
        }}
        class="overflow-auto min-h-0 rule-top lt-md:border-t-0 -mb-px"
      >
        <Virtualizer
          ref={(value) => {
            handle = value
          }}
          as="ul"
          item="li"
          data={ids()}
          itemSize={matchMedia('(min-width: 761px)').matches ? 37 : 81}
        >
          {(id, at) => (
            <div data-at={at()} class="border-0 border-b border-solid border-line">
              <Show when={byId().get(id)}>
                {(agent) => <Row agent={agent()} task={props.tasks.get(agent().task_id)} />}
              </Show>
            </div>
          )}
        </Virtualizer>
      </div>
    </section>
  )
}

const sameIds = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at])

const columns =
  'grid-cols-[18px_minmax(0,1fr)_auto] md:grid-cols-[18px_minmax(0,160px)_minmax(0,1fr)_minmax(0,1.4fr)_70px_60px]'

function Head(): JSX.Element {
  return (
    <div
      class={`grid ${columns} flex-none gap-x-3 items-center px-3 h-8 text-small t3 lt-md:hidden!`}
      aria-hidden="true"
    >
      <span />
      <span>Agent</span>
      <span>Task</span>
      <span>Now</span>
      <span class="text-end">Time</span>
      <span class="text-end">Cost</span>
    </div>
  )
}

function Row(props: { agent: Agent; task: Task | undefined }): JSX.Element {
  const status = () => agentStatus(props.agent, props.task)
  const name = (): string => props.task?.name ?? props.agent.task_id
  return (
    <A
      data-row
      href={`/tasks/${props.agent.task_id}/agents/${props.agent.id}`}
      class={`grid ${columns} gap-x-3 items-center px-3 py-2 md:py-0 md:h-row hover:bg-bg2 rounded-node ring-in`}
    >
      <Glyph name={status().glyph} label={status().word} />
      <span class="font-500 clip">{agentName(props.agent)}</span>
      <span class="t2 clip lt-md:hidden!">{name()}</span>
      <span class="md:hidden lt-md:col-start-2 lt-md:col-span-2 lt-md:row-start-3 t3 text-small clip">
        {name()}
      </span>
      <span
        class="lt-md:col-start-2 lt-md:col-span-2 lt-md:row-start-2 clip"
        classList={{
          'mono t2': isDoing(props.agent, props.task),
          t3: !isDoing(props.agent, props.task),
          'text-fail!': props.agent.status === 'failed',
        }}
      >
        {describeAgent(props.agent, props.task)}
      </span>
      <span class="t3 text-end whitespace-nowrap lt-md:row-start-1 lt-md:col-start-3">
        {spent(props.agent, now())}
      </span>
      <span class="t3 text-end lt-md:hidden!">{formatMoney(props.agent.cost_usd)}</span>
    </A>
  )
}

function spent(agent: Agent, at: number): string {
  const ms = agentDuration(agent, at)
  return ms === undefined ? '' : formatDuration(ms)
}
