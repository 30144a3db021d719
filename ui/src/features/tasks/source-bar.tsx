import { type JSX, Show } from 'solid-js'
import { type SourceProgress, sourceStageWords } from '#contract/source-progress.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Meter } from '../../components/meter.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { store } from '../../data/store.ts'
import { formatBytes } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'

/** How the task's repository gets here, while it does, and the way to call it off. */
export const SourceBar = (props: { task: Task }): JSX.Element => (
  <Show when={props.task.phase === 'preparing_source' && props.task.source_progress}>
    {(progress) => <Bar task={props.task} progress={progress()} />}
  </Show>
)

function Bar(props: { task: Task; progress: SourceProgress }): JSX.Element {
  const act = createAct()
  const stop = (): void =>
    void act.run(async () => {
      await api.stop(props.task.id)
      await store.task.refresh(props.task.id)
    })
  useActions([
    { id: 'task.stop-fetching', label: 'Stop fetching the repository', group: 'Task', run: stop },
  ])
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
      <Button small label="Stop fetching the repository" busy={act.busy()} onClick={stop}>
        Stop
      </Button>
      <ErrorLine text={act.error()} class="w-full" />
    </section>
  )
}
