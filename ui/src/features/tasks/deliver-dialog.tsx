import { createSignal, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
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
import { type DeliveryForm, toDeliver, toForm } from '../../lib/delivery.ts'
import { RequestFlags, RequestNames } from './delivery-fields.tsx'

const kinds: Choice<DeliveryForm['to']>[] = [
  { value: 'branch', label: 'Push a branch' },
  { value: 'pull-request', label: 'Open a pull request' },
]

/** Delivers finished work with what a person changes: another branch, another target, another token. */
export function DeliverDialog(props: { task: Task; onClose: () => void }): JSX.Element {
  const act = createAct()
  const known = () => props.task.delivery
  const before = toForm(props.task.delivery, props.task.branch)
  const [form, setForm] = createStore<DeliveryForm>(before)
  const [token, setToken] = createSignal('')
  const submit = (): void =>
    void act.run(async () => {
      const input: Deliver = {
        ...toDeliver(form, before),
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
          value={form.to}
          choices={kinds}
          onChange={(to) => setForm({ to })}
          class="grid-cols-1 md:grid-cols-2"
        />
      </Show>
      <div class="grid grid-cols-1 md:grid-cols-2 gap-x-3 gap-y-3.5">
        <TextField
          label="Its own branch"
          mono
          value={form.workBranch}
          onInput={(workBranch) => setForm({ workBranch })}
        />
        <TextField
          label="For branch"
          mono
          placeholder={known()?.target ?? 'the one it started from'}
          value={form.target}
          onInput={(target) => setForm({ target })}
        />
        <Show when={form.to === 'pull-request'}>
          <RequestNames form={form} onChange={setForm} />
        </Show>
      </div>
      <Show when={form.to === 'pull-request'}>
        <div class="flex flex-wrap gap-x-5 gap-y-1">
          <RequestFlags form={form} onChange={setForm} />
        </div>
      </Show>
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
