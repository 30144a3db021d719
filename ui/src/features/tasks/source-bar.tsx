import { type JSX, Show } from 'solid-js'
import { type SourceProgress, sourceStageWords } from '#contract/source-progress.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Meter } from '../../components/meter.tsx'
import { now } from '../../data/clock.ts'
import { formatBytes } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'

/** How the task's repository gets here, while it does. The task's own Stop calls it off. */
export const SourceBar = (props: { task: Task }): JSX.Element => (
  <Show when={props.task.phase === 'preparing_source' && props.task.source_progress}>
    {(progress) => <Bar progress={progress()} />}
  </Show>
)

function Bar(props: { progress: SourceProgress }): JSX.Element {
  const figures = (): string =>
    [
      ...(props.progress.percent === undefined ? [] : [`${props.progress.percent}%`]),
      ...(props.progress.bytes ? [formatBytes(props.progress.bytes)] : []),
      formatDuration(Math.max(0, now() - Date.parse(props.progress.started_at))),
    ].join(' · ')
  return (
    <section
      aria-label="Repository"
      class="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 md:px-5 py-2.5 rule flex-none"
    >
      <div class="col gap-1.5 flex-1 min-w-[220px]">
        <div class="row gap-2 items-start">
          <Glyph name="run" />
          <span class="min-w-0 wrap-any">{sourceStageWords[props.progress.stage]}</span>
          <span class="flex-1" />
          <span class="t2 whitespace-nowrap">{figures()}</span>
        </div>
        <Meter
          value={(props.progress.percent ?? 0) / 100}
          label={sourceStageWords[props.progress.stage]}
        />
      </div>
    </section>
  )
}
