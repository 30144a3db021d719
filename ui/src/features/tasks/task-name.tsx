import { createSignal, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'

/** The page's heading, which can be typed over. */
export function TaskName(props: { task: Task }): JSX.Element {
  const [typed, setTyped] = createSignal<string>()
  const act = createAct()
  let pen: HTMLDivElement | undefined
  const begin = (): void => {
    setTyped(props.task.name)
  }
  const end = (): void => {
    setTyped(undefined)
    act.clear()
    queueMicrotask(() => pen?.querySelector('button')?.focus())
  }
  const submit = async (): Promise<void> => {
    const name = (typed() ?? '').trim()
    if (name === '' || name === props.task.name) return end()
    const isDone = await act.run(async () =>
      store.task.put(props.task.id, await api.change(props.task.id, { name })),
    )
    if (isDone) end()
  }
  useActions([{ id: 'task.rename', label: 'Rename this task', group: 'Task', run: begin }])
  return (
    <Show
      when={typed() !== undefined}
      fallback={
        <div ref={pen} class="flex items-center gap-0.5 min-w-0">
          <h1 tabIndex={-1} class="h-title wrap-any">
            {props.task.name}
          </h1>
          <Button look="quiet" small icon="edit" label="Rename this task" onClick={begin} />
        </div>
      }
    >
      <form
        class="flex flex-wrap items-center gap-1.5 min-w-[min(420px,100%)]"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.stopPropagation()
          end()
        }}
      >
        <h1 class="sr-only">{props.task.name}</h1>
        <input
          class="input flex-1 font-600"
          aria-label="Name of this task"
          maxLength={200}
          value={typed()}
          onInput={(event) => setTyped(event.currentTarget.value)}
          ref={(field) => queueMicrotask(() => field.select())}
        />
        <Button type="submit" busy={act.busy()} disabled={typed()?.trim() === ''}>
          Save
        </Button>
        <Button look="quiet" onClick={end}>
          Keep the old
        </Button>
        <ErrorLine text={act.error()} class="w-full" />
      </form>
    </Show>
  )
}
