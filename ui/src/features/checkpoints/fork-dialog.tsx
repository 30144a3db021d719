import { useNavigate } from '@solidjs/router'
import { createSignal, type JSX } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { restoreApi } from '../../data/restore-api.ts'
import { store } from '../../data/store.ts'
import { formatClock } from '../../lib/time.ts'

/** A new task from a checkpoint: what to call it, and what it is to do. */
export function ForkDialog(props: {
  task: Task
  checkpoint: Checkpoint
  onClose: () => void
}): JSX.Element {
  const act = createAct()
  const navigate = useNavigate()
  const [name, setName] = createSignal(`${props.task.name} (fork)`.slice(0, 200))
  const [prompt, setPrompt] = createSignal(props.task.prompt)
  const at = (): string => formatClock(Date.parse(props.checkpoint.created_at), { seconds: true })
  const fork = (): void =>
    void act.run(async () => {
      const input = {
        ...(name().trim() === '' ? {} : { name: name().trim() }),
        ...(prompt().trim() === '' ? {} : { prompt: prompt().trim() }),
      }
      const task = await restoreApi.fork(props.task.id, props.checkpoint.id, input)
      store.task.put(task.id, task)
      props.onClose()
      navigate(`/tasks/${task.id}`)
    })
  return (
    <Dialog
      title="Fork into new task?"
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} onClick={fork}>
          Fork
        </Button>
      }
    >
      <p>
        A task of its own goes on from {at()}: with its own repository, the plan, and the files and
        conversations of its agents. It is paused until you resume it. This one stays as it is.
      </p>
      <TextField label="Name" value={name()} onInput={setName} />
      <div class="label">Prompt</div>
      <TextArea label="Prompt" rows={4} value={prompt()} onInput={setPrompt} />
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
