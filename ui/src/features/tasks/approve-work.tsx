/** A person's word in the manager's place: all of the work is right as it is. */
import { createSignal, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { steerApi } from '../../data/steer-api.ts'
import { showTask } from '../../data/steered.ts'
import { load, save } from '../../lib/storage.ts'

/** Only a team with a manager waits for a last word. */
const hasManager = ({ team, mode, status }: Task): boolean =>
  team?.mode === 'collaborative' &&
  mode !== 'sequential' &&
  (status === 'running' || status === 'failed')

const isAllDone = ({ progress }: Task): boolean =>
  progress.total > 0 && progress.completed + progress.skipped === progress.total

export function ApproveWork(props: { task: Task }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  useActions(() =>
    hasManager(props.task)
      ? [
          {
            id: 'task.approve-work',
            label: 'Approve the work…',
            group: 'Task',
            words: 'manager accept done',
            disabled: !isAllDone(props.task) && 'Not everybody is done.',
            run: () => setOpen(true),
          },
        ]
      : [],
  )
  return (
    <>
      <Show when={hasManager(props.task) && isAllDone(props.task)}>
        <Button label="Approve the work…" onClick={() => setOpen(true)}>
          Approve<span class="lt-md:hidden"> the work</span>…
        </Button>
      </Show>
      <Show when={isOpen()}>
        <ApproveDialog task={props.task} onClose={() => setOpen(false)} />
      </Show>
    </>
  )
}

function ApproveDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const act = createAct()
  const key = `approve-work.${props.task.id}`
  const [words, setWords] = createSignal(load(key))
  const submit = (): void =>
    void act.run(async () => {
      await showTask(steerApi.approveWork(props.task.id, words().trim()))
      save(key, '')
      props.onClose()
    })
  return (
    <Dialog
      title="Approve the work?"
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} onClick={submit}>
          Approve the work
        </Button>
      }
    >
      <p>
        You speak in the manager’s place: the task is completed with what is merged, whatever the
        manager would say.
      </p>
      <TextArea
        label="Summary"
        placeholder="A word to the team, if you like"
        rows={3}
        value={words()}
        onInput={(text) => {
          setWords(text)
          save(key, text)
        }}
      />
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
