import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { type DraftSubtask, toggleDependency } from './draft.ts'

/** One subtask of a plan being edited. */
export function SubtaskEditor(props: {
  draft: readonly DraftSubtask[]
  subtask: DraftSubtask
  isLocked: boolean
  onChange: (change: Partial<DraftSubtask>) => void
  onDraft: (draft: DraftSubtask[]) => void
  onRemove: () => void
  onClose: () => void
}): JSX.Element {
  const [cycle, setCycle] = createSignal('')
  createEffect(
    on(
      () => props.subtask.id,
      () => setCycle(''),
      { defer: true },
    ),
  )
  const nameOf = (id: string): string => props.draft.find((each) => each.id === id)?.name ?? id
  const toggle = (on: string): void => {
    const result = toggleDependency(props.draft, props.subtask.id, on)
    if (result.ok) props.onDraft(result.draft)
    setCycle(result.ok ? '' : `That makes a loop: ${result.cycle.map(nameOf).join(' → ')}.`)
  }
  return (
    <div class="col min-h-0 h-full">
      <div class="flex-1 min-h-0 overflow-auto p-4 col gap-3">
        <div class="row">
          <h2 class="h-part flex-1 clip">{props.subtask.name || props.subtask.id}</h2>
          <Button
            look="quiet"
            icon="close"
            label="Close"
            class="md:hidden!"
            onClick={() => props.onClose()}
          />
        </div>
        <Show when={props.isLocked}>
          <p class="row t2 text-small">
            <Icon name="lock" /> It has begun, so it stays as it is.
          </p>
        </Show>
        <fieldset class="border-0 p-0 m-0 col gap-3" disabled={props.isLocked}>
          <TextField
            label="Name"
            value={props.subtask.name}
            onInput={(name) => props.onChange({ name })}
          />
          <Field
            label="Prompt"
            hint="What its agent is told, together with what it depends on has produced."
          >
            {({ id, describedBy }) => (
              <TextArea
                id={id}
                describedBy={describedBy}
                rows={8}
                value={props.subtask.prompt}
                invalid={props.subtask.prompt.trim() === ''}
                onInput={(prompt) => props.onChange({ prompt })}
              />
            )}
          </Field>
          <div class="grid grid-cols-2 gap-3">
            <TextField
              label="Role"
              value={props.subtask.agent_role}
              onInput={(agent_role) => props.onChange({ agent_role })}
            />
            <TextField
              label="Model"
              mono
              placeholder="of the task"
              value={props.subtask.model ?? ''}
              onInput={(model) => props.onChange({ model })}
            />
          </div>
          <fieldset class="border-0 p-0 m-0 col gap-1">
            <legend class="label p-0 pb-1">Runs after</legend>
            <For each={props.draft.filter(({ id }) => id !== props.subtask.id)}>
              {(other) => (
                <label class="row min-h-11 md:min-h-6">
                  <input
                    type="checkbox"
                    checked={props.subtask.depends_on.includes(other.id)}
                    onClick={(event) => {
                      event.preventDefault()
                      toggle(other.id)
                    }}
                  />
                  <span class="clip">{other.name}</span>
                </label>
              )}
            </For>
            <Show when={props.draft.length === 1}>
              <p class="t3 text-small">It is the only subtask.</p>
            </Show>
            <Show when={cycle()}>
              <p role="alert" class="text-fail text-small">
                {cycle()}
              </p>
            </Show>
          </fieldset>
        </fieldset>
      </div>
      <div class="flex-none rule-top bg-bg1 p-3 flex gap-2">
        <Button
          look="danger"
          icon="trash"
          disabled={props.isLocked || props.draft.length === 1}
          onClick={() => props.onRemove()}
        >
          Remove
        </Button>
        <span class="t3 text-small self-center">What needs it will need what it needs.</span>
      </div>
    </div>
  )
}
