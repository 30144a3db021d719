import { A, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { Button } from '../../components/button.tsx'
import type { PickedFile } from '../../components/drop-zone.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { all, store } from '../../data/store.ts'
import { load, save } from '../../lib/storage.ts'
import { LimitFields } from './limit-fields.tsx'
import { emptyTask, type NewTask, nameOf, problemsOf, toCreateTask } from './new-task-form.ts'
import { SourceFields } from './source-fields.tsx'

const modes: Segment<NewTask['mode']>[] = [
  { value: 'parallel', label: 'In parallel' },
  { value: 'sequential', label: 'One at a time' },
]
const draftKey = 'new-task'

function loadDraft(): NewTask {
  try {
    const draft: unknown = JSON.parse(load(draftKey) || '{}')
    // Written by this page; what is missing in an older draft comes from the empty task. A token is never kept.
    return { ...emptyTask, ...(draft as Partial<NewTask>), token: '' }
  } catch {
    return { ...emptyTask }
  }
}

export function NewTaskForm(): JSX.Element {
  const navigate = useNavigate()
  const act = createAct()
  const [task, setTask] = createStore<NewTask>(loadDraft())
  const [files, setFiles] = createSignal<PickedFile[]>([])
  const [isChecked, setChecked] = createSignal(false)
  const [created, setCreated] = createSignal<string>()
  const problems = (): Record<string, string> =>
    isChecked() ? problemsOf(task, files().length) : {}
  const trouble = (): string | undefined => {
    const system = store.system.get(all).value
    if (system?.engine.state === 'unreachable')
      return 'Docker is not answering: the task will wait until it does.'
    if (system && ['missing', 'expired', 'refused'].includes(system.credentials.state))
      return system.credentials.detail
    return undefined
  }

  createEffect(
    on(
      () => JSON.stringify({ ...task, token: '' }),
      (draft) => save(draftKey, draft),
      { defer: true },
    ),
  )

  const submit = async (autoApprove: boolean): Promise<void> => {
    setChecked(true)
    if (Object.keys(problemsOf(task, files().length)).length > 0) {
      queueMicrotask(() => document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
      return
    }
    const started = await act.run(async () => {
      const id = created() ?? (await api.create(toCreateTask(task, { autoApprove }))).id
      setCreated(id)
      if (files().length > 0) await api.upload(id, files())
      await api.start(id)
    })
    if (!started) return
    save(draftKey, '')
    void store.tasks.refresh(all)
    navigate(`/tasks/${created()}`)
  }

  return (
    <form
      class="flex-1 min-h-0 flex flex-col"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(false)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void submit(false)
      }}
    >
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="col gap-4 max-w-[720px] pb-4">
          <Field label="What should be done?" error={problems().prompt}>
            {({ id, describedBy }) => (
              <TextArea
                id={id}
                describedBy={describedBy}
                invalid={problems().prompt !== undefined}
                placeholder="Describe the result you want. The planner reads the repository, asks what is unclear, and splits the work."
                value={task.prompt}
                onInput={(prompt) => setTask({ prompt })}
                onPaste={(event) => {
                  const pasted = [...(event.clipboardData?.files ?? [])]
                  if (pasted.length > 0)
                    setFiles([...files(), ...pasted.map((file) => ({ path: file.name, file }))])
                }}
              />
            )}
          </Field>
          <TextField
            label="Name"
            placeholder={nameOf(task) || 'From the first line'}
            value={task.name}
            onInput={(name) => setTask({ name })}
          />
          <SourceFields
            task={task}
            files={files()}
            problems={problems()}
            onChange={(change) => setTask(change)}
            onFiles={setFiles}
          />
          <div class="col gap-1.5">
            <span class="label">Subtasks run</span>
            <div class="row flex-wrap">
              <Segmented
                label="Subtasks run"
                value={task.mode}
                options={modes}
                onChange={(mode) => setTask({ mode })}
              />
              <span class="t3 text-small">
                {task.mode === 'parallel'
                  ? 'Everything that is ready runs, as far as slots allow.'
                  : 'In the order of their dependencies.'}
              </span>
            </div>
          </div>
          <LimitFields task={task} problems={problems()} onChange={(change) => setTask(change)} />
        </div>
      </div>
      <footer class="flex-none rule-top bg-bg0 px-4 md:px-5 py-2.5">
        <div class="max-w-[720px] flex flex-wrap items-center gap-2">
          <div class="flex-1 min-w-[200px] text-small" role="status">
            <Show when={act.error()} fallback={<span class="t3">{trouble()}</span>}>
              <span class="text-fail wrap-any">{act.error()}</span>
              <Show when={created()}>
                {' '}
                <A class="link" href={`/tasks/${created()}`}>
                  The task is kept as a draft.
                </A>
              </Show>
            </Show>
          </div>
          <Button class="lt-md:flex-1" busy={act.busy()} onClick={() => void submit(true)}>
            Start without approval
          </Button>
          <Button class="lt-md:flex-1" look="primary" type="submit" busy={act.busy()} shortcut="⌘↵">
            Plan first
          </Button>
        </div>
      </footer>
    </form>
  )
}
