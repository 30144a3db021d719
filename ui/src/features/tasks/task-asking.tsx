import { createSignal, type JSX, Show } from 'solid-js'
import { type PermissionMode, permissionModes } from '#contract/permission.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { ChoiceCards } from '../../components/choice-cards.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { permissionHints, permissionNames } from '../../lib/permission-words.ts'

/** Says that the agents of a task ask a person, where they do; a press changes it. */
export function TaskAsking(props: { task: Task; onChange: () => void }): JSX.Element {
  const name = (): string => permissionNames[props.task.permission_mode].toLowerCase()
  return (
    <Show when={props.task.permission_mode !== 'bypassPermissions'}>
      <Button
        look="quiet"
        small
        label={`When agents ask you ${name()}`}
        class="max-w-full"
        onClick={props.onChange}
      >
        <span class="clip">Asks {name()}</span>
      </Button>
    </Show>
  )
}

/** When the agents of a task ask a person; those at work hear it at once. */
export function AskingDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const act = createAct()
  const [mode, setMode] = createSignal<PermissionMode>(props.task.permission_mode)
  const ownWay = (): string[] =>
    (props.task.team?.roles ?? []).flatMap(({ name, permission_mode }) =>
      permission_mode ? [name] : [],
    )
  const submit = (): void =>
    void act.run(async () => {
      const task = await api.change(props.task.id, { permission_mode: mode() })
      store.task.put(props.task.id, task)
      props.onClose()
    })
  return (
    <Dialog
      title="When agents ask you"
      onClose={props.onClose}
      actions={
        <Button
          look="primary"
          busy={act.busy()}
          disabled={mode() === props.task.permission_mode}
          onClick={submit}
        >
          Save
        </Button>
      }
    >
      <ChoiceCards
        label="They ask for permission"
        value={mode()}
        choices={permissionModes.map((value) => ({
          value,
          label: permissionNames[value],
          detail: permissionHints[value],
        }))}
        onChange={setMode}
        class="grid-cols-1"
      />
      <p>
        Agents at work hear it at once, and later ones begin with it. What they have asked already
        still waits for your answer.
      </p>
      <Show when={ownWay().length > 0}>
        <p class="wrap-any">
          {ownWay().join(', ')}: here the team says when they ask, and that stays.
        </p>
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
