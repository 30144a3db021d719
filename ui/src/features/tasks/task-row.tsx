import { A } from '@solidjs/router'
import { createMemo, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { taskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Strip } from '../../components/strip.tsx'
import { now } from '../../data/clock.ts'
import {
  describeNow,
  describeProgress,
  isFinished,
  sourceName,
  taskDuration,
  toStrip,
} from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatAgo, formatDuration, formatExact } from '../../lib/time.ts'

export const columns =
  'grid grid-cols-[20px_minmax(0,1fr)_auto] md:grid-cols-[20px_minmax(0,1.3fr)_110px_minmax(0,1fr)_64px] lg:grid-cols-[20px_minmax(0,1.3fr)_150px_minmax(0,1fr)_64px_56px_84px] gap-x-3'

/** The head of a list of `TaskRow`. */
export function TaskHead(): JSX.Element {
  return (
    <div
      class={`${columns} flex-none items-center px-3 h-8 text-small t3 lt-md:hidden!`}
      aria-hidden="true"
    >
      <span />
      <span>Task</span>
      <span>Subtasks</span>
      <span>Now</span>
      <span class="text-end">Time</span>
      <span class="text-end lt-lg:hidden">Cost</span>
      <span class="text-end lt-lg:hidden">Changed</span>
    </div>
  )
}

/** A task in 52 px, two lines; on a phone as tall as it needs. */
export function TaskRow(props: { task: Task; isCurrent?: boolean }): JSX.Element {
  const status = createMemo(() => taskStatus(props.task))
  const duration = (): string => {
    // Only what still runs looks at the clock.
    const ms = taskDuration(props.task, isFinished(props.task) ? 0 : now())
    return ms === undefined || ms < 0 ? '' : formatDuration(ms)
  }
  return (
    <A
      data-row
      href={`/tasks/${props.task.id}`}
      class={`${columns} items-center px-3 py-2.5 md:py-0 md:h-row-two hover:bg-bg2 ring-in`}
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
          fallback={<span class="t3 text-small">No plan yet</span>}
        >
          <Strip segments={toStrip(props.task)} label={describeProgress(props.task)} />
          <span class="block t3 text-small mt-1">
            {props.task.progress.completed} of {props.task.progress.total} done
          </span>
        </Show>
      </span>
      <span class="lt-md:col-start-2 lt-md:col-span-2 t2 text-small line-clamp-2 min-w-0 wrap-any">
        <Now task={props.task} />
      </span>
      <span class="lt-md:hidden! t2 text-end whitespace-nowrap">{duration()}</span>
      <span class="lt-lg:hidden! t2 text-end">{formatMoney(props.task.cost_usd)}</span>
      <span
        class="lt-lg:hidden! t3 text-small text-end whitespace-nowrap"
        title={formatExact(Date.parse(props.task.updated_at))}
      >
        {formatAgo(Date.parse(props.task.updated_at), now())}
      </span>
    </A>
  )
}

function Now(props: { task: Task }): JSX.Element {
  const agents = (): Agent[] =>
    isFinished(props.task)
      ? []
      : (store.liveAgents.get(all).value ?? []).filter(({ task_id }) => task_id === props.task.id)
  return <>{describeNow(props.task, agents())}</>
}

/** The place of a row that has not come yet. */
export function TaskRowSkeleton(): JSX.Element {
  return (
    <div class={`${columns} items-center px-3 h-[112px] md:h-row-two`} aria-hidden="true">
      <span class="skeleton w-4 h-4 rounded-full!" />
      <span class="col gap-1.5">
        <span class="skeleton h-3 w-3/5" />
        <span class="skeleton h-2.5 w-2/5" />
      </span>
      <span class="skeleton h-1.5 lt-md:hidden" />
      <span class="skeleton h-2.5 w-4/5 lt-md:hidden" />
    </div>
  )
}
