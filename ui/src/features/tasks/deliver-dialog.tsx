import { createSignal, type JSX, Show } from 'solid-js'
import type { Deliver } from '#contract/delivery.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextField } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'

const kinds: Choice<'branch' | 'pull-request'>[] = [
  { value: 'branch', label: 'Push a branch' },
  { value: 'pull-request', label: 'Open a pull request' },
]

/** Delivers finished work with what a person changes: another branch, another target, another token. */
export function DeliverDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const act = createAct()
  const known = () => props.task.delivery
  const [kind, setKind] = createSignal<'branch' | 'pull-request'>(
    known()?.settings.auto_pr ? 'pull-request' : 'branch',
  )
  const [target, setTarget] = createSignal(known()?.settings.pr_target ?? '')
  const [branch, setBranch] = createSignal(known()?.branch ?? props.task.branch)
  const [token, setToken] = createSignal('')
  const submit = (): void =>
    void act.run(async () => {
      const input: Deliver = {
        auto_pr: kind() === 'pull-request',
        ...(target().trim() ? { pr_target: target().trim() } : {}),
        ...(branch().trim() && branch().trim() !== (known()?.branch ?? props.task.branch)
          ? { work_branch: branch().trim() }
          : {}),
        ...(token() ? { access_token: token() } : {}),
      }
      store.task.put(props.task.id, await api.deliver(props.task.id, input))
      props.onClose()
    })
  return (
    <Dialog
      title="Deliver the finished work?"
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} onClick={submit}>
          Deliver
        </Button>
      }
    >
      <p>It is pushed to the repository the task started from. Nothing there is overwritten.</p>
      <Show when={props.task.source.kind === 'git'}>
        <ChoiceCards
          label="How"
          value={kind()}
          choices={kinds}
          onChange={setKind}
          class="grid-cols-1 md:grid-cols-2"
        />
      </Show>
      <TextField label="Its own branch" mono value={branch()} onInput={setBranch} />
      <TextField
        label="For branch"
        mono
        placeholder={known()?.target ?? 'the one it started from'}
        value={target()}
        onInput={setTarget}
      />
      <Show when={props.task.source.kind === 'git'}>
        <TextField
          label="Access token"
          type="password"
          mono
          hint="Only if another one is needed. Stored encrypted, never shown again."
          value={token()}
          onInput={setToken}
        />
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
