import { createResource, createSignal, For, type JSX, Show } from 'solid-js'
import type { TaskSetup } from '#contract/setup.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { PartError, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { toApiError } from '../../data/api.ts'
import { setupApi } from '../../data/setups.ts'
import { store } from '../../data/store.ts'
import { describeSetup, isSetupShown, setupGlyph } from '../../lib/setup-words.ts'

/** The setup of the task's repository: while it runs, and when it failed what to do. */
export function SetupBar(props: { task: Task }): JSX.Element {
  const act = createAct()
  const [isOpen, setOpen] = createSignal(false)
  const shown = (): TaskSetup | undefined => {
    const { setup, status } = props.task
    return setup && (isOpen() || isSetupShown(setup, status)) ? setup : undefined
  }
  const decide = (what: 'retry' | 'skip') => (): void =>
    void act.run(async () => {
      store.task.put(props.task.id, await setupApi.decideSetup(props.task.id, what))
    })
  const isFailed = (): boolean => props.task.setup?.state === 'failed'
  const canSkip = (): boolean =>
    ['failed', 'running', 'waiting'].includes(props.task.setup?.state ?? '') &&
    !['completed', 'cancelled'].includes(props.task.status)
  useActions(() => [
    ...(props.task.setup
      ? [
          {
            id: 'task.setup-output',
            label: isOpen() ? 'Hide the output of the setup' : 'Show the output of the setup',
            group: 'Task',
            run: () => void setOpen(!isOpen()),
          },
        ]
      : []),
    ...(isFailed()
      ? [{ id: 'task.setup-retry', label: 'Set up again', group: 'Task', run: decide('retry') }]
      : []),
    ...(canSkip()
      ? [
          {
            id: 'task.setup-skip',
            label: 'Start agents without the setup',
            group: 'Task',
            run: decide('skip'),
          },
        ]
      : []),
  ])
  return (
    <Show when={shown()}>
      {(setup) => (
        <section aria-label="Setup" class="col gap-2 px-4 md:px-5 py-2.5 rule flex-none">
          <div class="flex flex-wrap items-start gap-x-4 gap-y-2">
            <div class="flex-1 min-w-0 basis-80 col gap-1">
              <div class="flex items-start gap-2" role="status">
                <Glyph name={setupGlyph(setup())} class="mt-0.5" />
                <span class="wrap-any">{describeSetup(setup(), props.task.status)}</span>
              </div>
              <ErrorLine text={act.error()} />
            </div>
            <div class="flex flex-wrap gap-2 lt-md:w-full">
              <Show when={isFailed()}>
                <Button look="next" busy={act.busy()} onClick={decide('retry')}>
                  Set up again
                </Button>
              </Show>
              <Show when={canSkip()}>
                <Button look="quiet" busy={act.busy()} onClick={decide('skip')}>
                  Start without
                </Button>
              </Show>
              <Button look="quiet" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
                {isOpen() ? 'Hide the output' : 'Show the output'}
              </Button>
            </div>
          </div>
          <Show when={isOpen()}>
            <Printed taskId={props.task.id} setup={setup()} />
          </Show>
        </section>
      )}
    </Show>
  )
}

function Printed(props: { taskId: string; setup: TaskSetup }): JSX.Element {
  // Asked for again whenever the task was: each command and its end is an event of the task.
  const [found, { refetch }] = createResource(
    () => ({ id: props.taskId, about: JSON.stringify(props.setup) }),
    ({ id }) => setupApi.setupOf(id),
  )
  return (
    <Show
      when={!found.error}
      fallback={
        <PartError message={toApiError(found.error).message} onRetry={() => void refetch()} />
      }
    >
      <Show when={found.latest} fallback={<Skeleton rows={3} height={20} />}>
        {(answer) => (
          <>
            <section class="min-w-0" aria-label="What the setup printed">
              <pre
                class="card m-0 p-3 max-h-72 overflow-auto font-mono text-code whitespace-pre-wrap wrap-any"
                tabindex="0"
              >
                {answer().output.trim() || 'It has printed nothing.'}
              </pre>
            </section>
            <For each={answer().setup?.notes}>
              {(note) => <p class="t2 text-small wrap-any">{note}</p>}
            </For>
            <Show when={answer().setup?.left_out}>
              {(names) => (
                <p class="t2 text-small wrap-any">
                  Not kept, because git does not ignore it:{' '}
                  <For each={names()}>
                    {(name, index) => (
                      <>
                        {index() > 0 ? ', ' : ''}
                        <span class="font-mono">{name}</span>
                      </>
                    )}
                  </For>
                </p>
              )}
            </Show>
          </>
        )}
      </Show>
    </Show>
  )
}
