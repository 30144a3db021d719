import { createSignal, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { hasUnsavedEdits } from '../../data/plan-draft.ts'
import { store } from '../../data/store.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import { load, save } from '../../lib/storage.ts'

/** Another plan, with a remark. What was typed stays until it is sent. */
export function ReplanDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const key = `replan.${props.task.id}`
  const act = createAct()
  const [remark, setRemark] = createSignal(load(key))
  const type = (text: string): void => {
    setRemark(text)
    save(key, text)
  }
  const submit = (): void =>
    void act.run(async () => {
      const task = await api.replan(props.task.id, remark().trim())
      save(key, '')
      store.task.put(props.task.id, { ...task, agents: task.agents ?? props.task.agents ?? [] })
      props.onClose()
    })
  return (
    <Dialog
      title="Plan again?"
      onClose={props.onClose}
      actions={
        <Button
          look="primary"
          shortcut={formatKeys('Mod+Enter')}
          busy={act.busy()}
          onClick={submit}
        >
          Replan
        </Button>
      }
    >
      <p>
        The planner starts over with your remark. The present plan stays as a version, merged work
        stays merged.
      </p>
      <Show when={props.task.status === 'running'}>
        <p>
          Agents at work are stopped first; what they have not handed in stays on their branches.
        </p>
      </Show>
      <Show when={hasUnsavedEdits(props.task.id)}>
        <p class="t1">Your unsaved edits of the plan are kept here, on top of the old version.</p>
      </Show>
      <TextArea
        label="What should be different?"
        placeholder="What should be different?"
        rows={4}
        value={remark()}
        onInput={type}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.stopPropagation()
            submit()
          }
        }}
      />
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
