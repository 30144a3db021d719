import { useNavigate } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { runModeOf } from '#contract/team-rules.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { ModeArt } from '../../components/mode-art.tsx'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { createTask } from '../../data/issue-task.ts'
import { all, store } from '../../data/store.ts'
import { repositories, teams } from '../../data/templates.ts'
import { uploadFiles } from '../../data/upload.ts'
import { createUploadQueue, describeUpload, overLimit } from '../../data/upload-queue.ts'
import { fromTransfer } from '../../lib/picked-files.ts'
import { load, save } from '../../lib/storage.ts'
import { plural } from '../../lib/text.ts'
import { DeliveryFields } from './delivery-fields.tsx'
import { estimateCost } from './estimate.ts'
import { LimitFields } from './limit-fields.tsx'
import { NewTaskFooter, type Trouble } from './new-task-footer.tsx'
import {
  emptyTask,
  type NewTask,
  nameOf,
  type Problems,
  problemsOf,
  problemsWhileTyping,
  readDraft,
  toCreateTask,
  toDraft,
} from './new-task-form.ts'
import { ProblemSummary } from './problem-summary.tsx'
import { PromptField } from './prompt-field.tsx'
import { createSourceCheck, toQuestion } from './source-check.ts'
import { SourceFields } from './source-fields.tsx'
import { createStarter } from './start-task.ts'
import { TeamField } from './team-field.tsx'

const draftKey = 'new-task'

const modes: Choice<NewTask['mode']>[] = [
  {
    value: 'parallel',
    label: 'In parallel',
    detail: 'Whatever is ready, as far as slots allow',
    art: <ModeArt mode="parallel" />,
  },
  {
    value: 'sequential',
    label: 'One at a time',
    detail: 'In the order of the dependencies',
    art: <ModeArt mode="sequential" />,
  },
]

/** Everything the form knows and can do; the page below only draws it. */
function createForm() {
  const draft = readDraft(load(draftKey))
  const [task, setTask] = createStore<NewTask>(draft.task)
  const [forgotten, setForgotten] = createSignal(draft)
  const [isChecked, setChecked] = createSignal(false)
  const queue = createUploadQueue(uploadFiles)
  const starter = createStarter({ ...api, create: createTask }, queue)
  const check = createSourceCheck(() => toQuestion(task), api.checkSource)
  const maxBytes = (): number | undefined => store.config.get(all).value?.storage.max_upload

  const files = (): { count: number; problem?: string } => {
    const large = queue.items.filter(({ file }) => overLimit(file.size, maxBytes()))
    const [first] = large
    const problem = first
      ? large.length === 1
        ? `${first.path}: ${overLimit(first.file.size, maxBytes())} Leave it out.`
        : `${plural(large.length, 'file')} are over the limit, ${first.path} among them. Leave them out.`
      : undefined
    return { count: queue.items.length, ...(problem ? { problem } : {}) }
  }
  const isFresh = (): boolean => toDraft(task, []) === '' && queue.items.length === 0

  createEffect(
    on(
      () => {
        const names = queue.items.map(({ path }) => path)
        return toDraft(task, names.length > 0 ? names : forgotten().files)
      },
      (text) => save(draftKey, text),
      { defer: true },
    ),
  )

  return {
    ...{ task, setTask, queue, starter, check, maxBytes, forgotten, isFresh, setChecked },
    problems: (): Problems =>
      isChecked()
        ? problemsOf(task, files())
        : {
            ...problemsWhileTyping(task),
            ...(files().problem ? { files: files().problem ?? '' } : {}),
          },
    allProblems: (): Problems => problemsOf(task, files()),
    summary: (): Problems => (isChecked() ? problemsOf(task, files()) : {}),
    forget: () => setForgotten({ ...draft, files: [], fileCount: 0 }),
    clear() {
      setTask(structuredClone(emptyTask))
      queue.clear()
      setForgotten({ ...draft, files: [], fileCount: 0 })
      setChecked(false)
    },
  }
}

function findTrouble(): Trouble | undefined {
  const system = store.system.get(all).value
  if (system?.engine.state === 'unreachable')
    return { words: `${system.engine.detail} Your draft is kept in this browser.`, blocks: true }
  if (system && ['missing', 'expired', 'refused'].includes(system.credentials.state))
    return { words: system.credentials.detail, blocks: false }
  return undefined
}

const isThere = (): boolean =>
  teams.get(all).state !== 'loading' && repositories.get(all).state !== 'loading'

/** What was chosen, as long as it is there; before that the one that is chosen beforehand. */
function teamOf({ team }: Pick<NewTask, 'team'>): string {
  const known = teams.get(all).value ?? []
  const isMeant = ({ id, is_default }: { id: string; is_default: boolean }): boolean =>
    team === null ? is_default : id === team
  return known.find(isMeant)?.id ?? ''
}

function modeOf(task: NewTask): NewTask['mode'] {
  const team = (teams.get(all).value ?? []).find(({ id }) => id === teamOf(task))
  return team ? runModeOf(team.mode) : task.mode
}

export function NewTaskForm(): JSX.Element {
  const navigate = useNavigate()
  const form = createForm()
  const [isOver, setOver] = createSignal(false)
  let summary: HTMLElement | undefined
  const start = async (autoApprove: boolean): Promise<void> => {
    if (findTrouble()?.blocks) return
    form.setChecked(true)
    if (Object.keys(form.allProblems()).length > 0) {
      queueMicrotask(() => summary?.focus())
      return
    }
    const wanted = { ...form.task, team: teamOf(form.task) }
    const id = await form.starter.run(toCreateTask(wanted, { autoApprove }))
    if (!id) return
    form.clear()
    save(draftKey, '')
    void store.tasks.refresh('active')
    navigate(`/tasks/${id}`)
  }
  const blocked = (): string | undefined =>
    findTrouble()?.blocks ? findTrouble()?.words : undefined
  useActions(() => [
    {
      id: 'new-task.plan',
      label: 'Plan first',
      group: 'New task',
      keys: 'Mod+Enter',
      disabled: blocked(),
      run: () => void start(false),
    },
    {
      id: 'new-task.start',
      label: 'Start without approval',
      group: 'New task',
      disabled: blocked(),
      run: () => void start(true),
    },
    {
      id: 'new-task.clear',
      label: 'Clear the draft',
      group: 'New task',
      disabled: form.isFresh() && 'There is nothing to clear.',
      run: form.clear,
    },
  ])
  return (
    <form
      class="flex-1 min-h-0 flex flex-col"
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        void start(false)
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        const to = event.relatedTarget
        if (!(to instanceof Node) || !event.currentTarget.contains(to)) setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void fromTransfer(event.dataTransfer).then(form.queue.add)
      }}
    >
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="col gap-5 max-w-[720px] pb-4">
          <ProblemSummary
            problems={form.summary()}
            ref={(element) => {
              summary = element
            }}
          />
          <Fields form={form} isOver={isOver()} />
        </div>
      </div>
      <NewTaskFooter
        starter={form.starter}
        trouble={findTrouble()}
        estimate={estimateCost(store.tasks.get('recent').value ?? [], modeOf(form.task))}
        upload={describeUpload(form.queue.items)}
        onStart={(autoApprove) => void start(autoApprove)}
      />
    </form>
  )
}

function Fields(props: { form: ReturnType<typeof createForm>; isOver: boolean }): JSX.Element {
  const { task, setTask, queue, check, maxBytes, forgotten, forget } = props.form
  return (
    <>
      <div class="col gap-1.5">
        <PromptField
          value={task.prompt}
          problems={props.form.problems()}
          items={queue.items}
          maxBytes={maxBytes()}
          forgotten={forgotten().files}
          forgottenCount={queue.items.length > 0 ? 0 : forgotten().fileCount}
          isOver={props.isOver}
          onInput={(prompt) => setTask({ prompt })}
          onFiles={queue.add}
          onRemove={queue.remove}
          onForget={forget}
        />
        <NameLine task={task} onChange={(name) => setTask({ name })} />
      </div>
      {/* Together, so that nothing moves when the teams arrive. */}
      <Show when={isThere()}>
        <SourceFields
          task={task}
          problems={props.form.problems()}
          check={check.state()}
          onChange={(change) => setTask(change)}
          onCheckAgain={check.again}
        />
        <DeliveryFields
          task={task}
          problems={props.form.problems()}
          onChange={(change) => setTask(change)}
        />
        <TeamField value={teamOf(task)} onChange={(team) => setTask({ team })}>
          <ChoiceCards
            label="Subtasks run"
            value={task.mode}
            choices={modes}
            class="grid-cols-1 md:grid-cols-2"
            onChange={(mode) => setTask({ mode })}
          />
        </TeamField>
        <LimitFields
          task={task}
          problems={props.form.problems()}
          onChange={(change) => setTask(change)}
        />
      </Show>
      <Show when={!props.form.isFresh()}>
        <div class="row t3 text-small">
          <span>The draft is kept in this browser.</span>
          <Button look="quiet" small onClick={() => props.form.clear()}>
            Clear it
          </Button>
        </div>
      </Show>
    </>
  )
}

/** The name comes from the prompt until somebody gives another. */
function NameLine(props: { task: NewTask; onChange: (name: string) => void }): JSX.Element {
  const [isOpen, setOpen] = createSignal(props.task.name !== '')
  return (
    <Show
      when={isOpen()}
      fallback={
        <Show when={nameOf(props.task)}>
          {(name) => (
            <div class="row text-small t3">
              <span class="clip">Named “{name()}”</span>
              <Button look="quiet" small onClick={() => setOpen(true)}>
                Rename
              </Button>
            </div>
          )}
        </Show>
      }
    >
      <div class="flex items-center gap-2">
        <label for="new-task-name" class="t3 text-small">
          Name
        </label>
        <input
          id="new-task-name"
          class="input"
          maxLength={200}
          placeholder={nameOf({ name: '', prompt: props.task.prompt })}
          value={props.task.name}
          ref={(field) => queueMicrotask(() => field.focus())}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
      </div>
    </Show>
  )
}
