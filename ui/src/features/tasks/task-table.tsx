import { For, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { TaskHead, TaskRow } from './task-row.tsx'

/** A short list of tasks: what Home shows. */
export function TaskTable(props: {
  tasks: readonly Task[]
  head?: boolean
  label: string
}): JSX.Element {
  return (
    <div class="card overflow-hidden">
      <Show when={props.head}>
        <TaskHead />
      </Show>
      <ul aria-label={props.label}>
        <For each={props.tasks}>
          {(task) => (
            <li class="rule-top first:border-t-0">
              <TaskRow task={task} />
            </li>
          )}
        </For>
      </ul>
    </div>
  )
}
