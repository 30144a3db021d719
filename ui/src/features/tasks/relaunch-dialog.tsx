import { useNavigate } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'

type From = 'result' | 'source'

/** Another run as a task of its own: where it begins, with which words, and whether at once. */
export function RelaunchDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const act = createAct()
  const navigate = useNavigate()
  const [from, setFrom] = createSignal<From>('result')
  const [prompt, setPrompt] = createSignal(props.task.prompt)
  const choices = (): Choice<From>[] => [
    {
      value: 'result',
      label: 'Go on from this result',
      detail: `Begins with the files of ${props.task.branch}. Planner and agents are told what this run did, what it changed and why it ended.`,
    },
    {
      value: 'source',
      label: 'Begin from the source',
      detail:
        'Begins where the source is now. Nobody is told of this run; only what you uploaded goes along.',
    },
  ]
  const submit = (isStart: boolean): void =>
    void act.run(async () => {
      const task = await api.relaunch(props.task.id, {
        prompt: prompt().trim(),
        keep_context: from() === 'result',
        auto_start: isStart,
      })
      store.task.put(task.id, task)
      props.onClose()
      navigate(`/tasks/${task.id}`)
    })
  return (
    <Dialog
      title="Run this task again?"
      onClose={props.onClose}
      actions={
        <>
          <Button busy={act.busy()} onClick={() => submit(false)}>
            Create draft
          </Button>
          <Button look="primary" busy={act.busy()} onClick={() => submit(true)}>
            Relaunch
          </Button>
        </>
      }
    >
      <p>It becomes a task of its own. This one stays as it is.</p>
      <ChoiceCards
        label="Where it begins"
        value={from()}
        choices={choices()}
        onChange={setFrom}
        class="grid-cols-1"
      />
      <div class="label">Prompt</div>
      <TextArea label="Prompt" rows={5} value={prompt()} onInput={setPrompt} />
      <Show when={prompt().trim() === ''}>
        <p class="t3 text-small">Left empty, the prompt of this task is used.</p>
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
