import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Strip } from '../../components/strip.tsx'
import { now } from '../../data/clock.ts'
import {
  describeNow,
  describeProgress,
  sourceName,
  taskDuration,
  taskStatus,
  toStrip,
} from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatAgo, formatDuration, formatExact } from '../../lib/time.ts'

const columns =
  'grid grid-cols-[20px_minmax(0,1fr)_auto] md:grid-cols-[20px_minmax(0,1.3fr)_150px_minmax(0,1fr)_64px_56px_84px] gap-x-3'

/** One row per task, two lines, fixed columns. */
export function TaskTable(props: {
  tasks: readonly Task[]
  head?: boolean
  label: string
}): JSX.Element {
  return (
    <div class="card">
      <Show when={props.head}>
        <div
          class={`${columns} items-center px-3 h-8 text-small t3 lt-md:hidden!`}
          aria-hidden="true"
        >
          <span />
          <span>Task</span>
          <span>Subtasks</span>
          <span>Now</span>
          <span class="text-end">Time</span>
          <span class="text-end">Cost</span>
          <span class="text-end">Changed</span>
        </div>
      </Show>
      <ul aria-label={props.label}>
        <For each={props.tasks}>{(task) => <TaskRow task={task} />}</For>
      </ul>
    </div>
  )
}

function TaskRow(props: { task: Task }): JSX.Element {
  const status = (): ReturnType<typeof taskStatus> => taskStatus(props.task)
  const agents = (): Agent[] =>
    (store.liveAgents.get(all).value ?? []).filter((agent) => agent.task_id === props.task.id)
  const duration = (): string => {
    const ms = taskDuration(props.task, now())
    return ms === undefined ? '' : formatDuration(ms)
  }
  return (
    <li class="rule-top first:border-t-0">
      <A
        data-row
        href={`/tasks/${props.task.id}`}
        class={`${columns} items-center px-3 py-2.5 md:py-0 md:h-[52px] hover:bg-bg2 rounded-node`}
      >
        <Glyph
          name={status().glyph}
          label={status().word}
          class="self-start mt-0.5 md:self-center md:mt-0"
        />
        <span class="col">
          <span class="font-500 clip" title={props.task.name}>
            {props.task.name}
          </span>
          <span class="t3 font-mono text-[11.5px] leading-4 clip">{sourceName(props.task)}</span>
        </span>
        <span class="md:hidden t3 text-small self-start">{duration()}</span>
        <span class="lt-md:col-start-2 lt-md:col-span-2 lt-md:mt-1.5 block">
          <Show
            when={props.task.progress.total > 0}
            fallback={<span class="t3 text-small">{status().word}</span>}
          >
            <Strip segments={toStrip(props.task)} label={describeProgress(props.task)} />
            <span class="block t3 text-small mt-1">
              {props.task.progress.completed} of {props.task.progress.total} done
            </span>
          </Show>
        </span>
        <span class="lt-md:col-start-2 lt-md:col-span-2 t2 text-small line-clamp-2 min-w-0">
          {describeNow(props.task, agents())}
        </span>
        <span class="lt-md:hidden! t2 text-end whitespace-nowrap">{duration()}</span>
        <span class="lt-md:hidden! t2 text-end">{formatMoney(props.task.cost_usd)}</span>
        <span
          class="lt-md:hidden! t3 text-small text-end whitespace-nowrap"
          title={formatExact(Date.parse(props.task.updated_at))}
        >
          {formatAgo(Date.parse(props.task.updated_at), now())}
        </span>
      </A>
    </li>
  )
}
