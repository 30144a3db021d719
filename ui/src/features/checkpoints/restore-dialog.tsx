import { createSignal, For, type JSX, onMount, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { FilesBack, RestorePreview } from '#contract/restore-preview.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { restoreApi } from '../../data/restore-api.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { formatClock } from '../../lib/time.ts'
import { filesWords, subtaskWords } from './words.ts'

/** What going back would change, and the one button that does it. */
export function RestoreDialog(props: {
  task: Task
  checkpoint: Checkpoint
  onClose: () => void
}): JSX.Element {
  const look = createAct()
  const act = createAct()
  const [preview, setPreview] = createSignal<RestorePreview>()
  const read = (): Promise<boolean> =>
    look.run(async () => {
      setPreview(await restoreApi.preview(props.task.id, props.checkpoint.id))
    })
  onMount(() => void read())
  const at = (): string => clockOf(props.checkpoint.created_at)
  const restore = (): void =>
    void act.run(async () => {
      const stop = preview()?.possible === 'stop'
      const task = await restoreApi.restore(props.task.id, props.checkpoint.id, stop)
      store.task.put(task.id, task)
      props.onClose()
    })
  return (
    <Dialog
      wide
      title={`Take the task back to ${at()}?`}
      onClose={props.onClose}
      actions={
        <Button
          look="primary"
          busy={act.busy()}
          disabled={!preview() || preview()?.possible === 'no'}
          onClick={restore}
        >
          {preview()?.possible === 'stop' ? 'Stop and restore' : 'Restore'}
        </Button>
      }
    >
      <Show when={preview()} fallback={<Show when={look.busy()}>{<Skeleton rows={5} />}</Show>}>
        {(known) => <Preview preview={known()} />}
      </Show>
      <Show when={look.error() || act.error()}>
        {(error) => (
          <p role="alert" class="text-fail wrap-any">
            {error()}
          </p>
        )}
      </Show>
    </Dialog>
  )
}

const clockOf = (iso: string): string => formatClock(Date.parse(iso), { seconds: true })

function Preview(props: { preview: RestorePreview }): JSX.Element {
  const back = () => props.preview.agents.filter(({ becomes }) => becomes === 'goes-back')
  const over = () => props.preview.agents.filter(({ becomes }) => becomes === 'ends')
  return (
    <>
      <Show when={props.preview.reason}>
        <p class="row items-start">
          <Glyph name={props.preview.possible === 'no' ? 'fail' : 'pause'} class="mt-0.5" />
          <span class="wrap-any">{props.preview.reason}</span>
        </p>
      </Show>
      <Part title="Branch" words={filesWords(props.preview.branch.files)}>
        <Files files={props.preview.branch.files} />
      </Part>
      <For each={back()}>
        {(agent) => (
          <Part
            title={agent.subtask_id ?? agent.role}
            words={[
              'Files and conversation go back',
              agent.files ? filesWords(agent.files) : '',
              agent.files_as_of ? `compared with ${clockOf(agent.files_as_of)}` : '',
              agent.left_out ? `${plural(agent.left_out, 'path')} in no checkpoint` : '',
            ]
              .filter(Boolean)
              .join(' · ')}
          >
            <Show when={agent.files}>{(files) => <Files files={files()} />}</Show>
          </Part>
        )}
      </For>
      <Show when={props.preview.subtasks.length > 0}>
        <ul class="list-none m-0 p-0 col gap-1" aria-label="Subtasks">
          <For each={props.preview.subtasks}>
            {(subtask) => (
              <li class="wrap-any">
                <span class="font-500 text-tx1">{subtask.name}</span> {subtaskWords(subtask)}
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={over().length > 0}>
        <p>
          {plural(over().length, 'later agent')} will end; what{' '}
          {over().length === 1 ? 'it' : 'they'} made is kept by the undo.
        </p>
      </Show>
      <ul class="m-0 pl-5 col gap-1 list-disc text-small">
        <For each={props.preview.notes}>{(note) => <li class="wrap-any">{note}</li>}</For>
      </ul>
    </>
  )
}

const Part = (props: { title: string; words: string; children: JSX.Element }): JSX.Element => (
  <div class="col gap-1">
    <p class="wrap-any">
      <span class="font-500 text-tx1">{props.title}</span> {props.words}
    </p>
    {props.children}
  </div>
)

const mostShown = 8
const signs = { added: '+', changed: '~', removed: '−' } as const

function Files(props: { files: FilesBack }): JSX.Element {
  const more = (): number => {
    const { added, changed, removed, files } = props.files
    return added + changed + removed - Math.min(files.length, mostShown)
  }
  return (
    <Show when={props.files.files.length > 0}>
      <ul class="list-none m-0 p-0 font-mono text-code">
        <For each={props.files.files.slice(0, mostShown)}>
          {({ path, change }) => (
            <li class="wrap-any" aria-label={`${change}: ${path}`}>
              {signs[change]} {path}
            </li>
          )}
        </For>
        <Show when={more() > 0}>
          <li class="t3">and {more()} more</li>
        </Show>
      </ul>
    </Show>
  )
}
