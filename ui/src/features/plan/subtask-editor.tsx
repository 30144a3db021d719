import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Menu } from '../../components/menu.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { formatKeys } from '../../lib/keystrokes.ts'
import { type DraftSubtask, dependantsOf, problemsOfSubtask } from '../../lib/plan/edit.ts'
import type { Editor } from './editor.ts'

/** One subtask of a plan being edited. */
export function SubtaskEditor(props: {
  editor: Editor
  subtask: DraftSubtask
  onRemove: (id: string) => void
  onLink: (id: string) => void
  onClose: () => void
}): JSX.Element {
  const id = (): string => props.subtask.id
  const isLocked = (): boolean => props.editor.locks().has(id())
  const place = (): number => props.editor.edit().subtasks.findIndex((each) => each.id === id())
  return (
    <div class="col min-h-0 h-full">
      <div class="flex-1 min-h-0 overflow-auto p-4 col gap-3">
        <div class="row">
          <h2 class="h-part flex-1 clip">{props.subtask.name || id()}</h2>
          <Menu
            label={`More for ${props.subtask.name || id()}`}
            items={[
              { label: 'Duplicate', icon: 'copy', onSelect: () => props.editor.duplicate(id()) },
              {
                label: 'Add one after it',
                icon: 'plus',
                onSelect: () => props.editor.add(id()),
              },
              { label: 'Move up', icon: 'up', onSelect: () => props.editor.move(id(), -1) },
              { label: 'Move down', icon: 'down', onSelect: () => props.editor.move(id(), 1) },
            ]}
          />
          <Button
            look="quiet"
            icon="close"
            label="Close"
            class="md:hidden!"
            onClick={() => props.onClose()}
          />
        </div>
        <Show when={isLocked()}>
          <p class="row t2 text-small">
            <Icon name="lock" /> It has begun, so it stays as it is.
          </p>
        </Show>
        <Fields {...props} isLocked={isLocked()} />
        <Waits {...props} isLocked={isLocked()} />
        <span class="t3 text-small">
          Number {place() + 1} of {props.editor.edit().subtasks.length} in the plan’s order
        </span>
      </div>
      <div class="flex-none rule-top bg-bg1 p-3 flex flex-wrap gap-2">
        <Button icon="copy" onClick={() => props.editor.duplicate(id())}>
          Duplicate
        </Button>
        <Button
          look="danger"
          icon="trash"
          disabled={isLocked() || props.editor.edit().subtasks.length === 1}
          onClick={() => props.onRemove(id())}
        >
          Remove
        </Button>
      </div>
    </div>
  )
}

const complexities = [
  { value: 'low', label: 'Low' },
  { value: 'medium', label: 'Medium' },
  { value: 'high', label: 'High' },
] as const

function Fields(props: { editor: Editor; subtask: DraftSubtask; isLocked: boolean }): JSX.Element {
  const change = (to: Partial<DraftSubtask>): void => props.editor.change(props.subtask.id, to)
  const wrong = () =>
    problemsOfSubtask(props.editor.edit(), props.editor.problems(), props.subtask.id)
  return (
    <div onFocusOut={() => props.editor.seal()}>
      <fieldset class="border-0 p-0 m-0 col gap-3" disabled={props.isLocked}>
        <TextField
          label="Name"
          value={props.subtask.name}
          error={wrong().name}
          onInput={(name) => change({ name })}
        />
        <Field
          label="Prompt"
          hint="What its agent is told, together with what it runs after."
          error={wrong().prompt}
        >
          {({ id, describedBy }) => (
            <TextArea
              id={id}
              describedBy={describedBy}
              rows={7}
              value={props.subtask.prompt}
              invalid={wrong().prompt !== undefined}
              onInput={(prompt) => change({ prompt })}
            />
          )}
        </Field>
        <div class="grid grid-cols-2 gap-3">
          <TextField
            label="Role"
            value={props.subtask.agent_role}
            error={wrong().agent_role}
            onInput={(agent_role) => change({ agent_role })}
          />
          <TextField
            label="Model"
            mono
            placeholder="of the task"
            value={props.subtask.model ?? ''}
            error={wrong().model}
            onInput={(model) => change({ model })}
          />
        </div>
        <div class="col gap-1 items-start">
          <span class="label">Complexity</span>
          <Segmented
            label="Complexity"
            value={props.subtask.complexity}
            options={complexities}
            onChange={(complexity) => change({ complexity })}
          />
        </div>
        <Field label="Files" hint="One path a line: where it will work.">
          {({ id, describedBy }) => (
            <TextArea
              id={id}
              describedBy={describedBy}
              rows={2}
              mono
              value={props.subtask.files_involved.join('\n')}
              onInput={(text) => change({ files_involved: text === '' ? [] : text.split('\n') })}
            />
          )}
        </Field>
        <Field label="Description" hint="For people; its agent reads the prompt.">
          {({ id, describedBy }) => (
            <TextArea
              id={id}
              describedBy={describedBy}
              rows={2}
              value={props.subtask.description}
              onInput={(description) => change({ description })}
            />
          )}
        </Field>
        <IdField {...props} error={wrong().id} />
      </fieldset>
    </div>
  )
}

/** Taken over when the field is left: on the way there another subtask may have the same letters. */
function IdField(props: {
  editor: Editor
  subtask: DraftSubtask
  error: string | undefined
}): JSX.Element {
  const [typed, setTyped] = createSignal(props.subtask.id)
  createEffect(on(() => props.subtask.id, setTyped, { defer: true }))
  const isTaken = (): boolean =>
    typed() !== props.subtask.id &&
    props.editor.edit().subtasks.some(({ id }) => id === typed().trim())
  const take = (): void => {
    const wanted = typed().trim()
    if (wanted === '' || isTaken()) setTyped(props.subtask.id)
    else if (wanted !== props.subtask.id) props.editor.change(props.subtask.id, { id: wanted })
  }
  return (
    <div onFocusOut={take}>
      <TextField
        label="Id"
        mono
        hint="Names its branch and container."
        value={typed()}
        error={isTaken() ? 'Another subtask has this id.' : props.error}
        onInput={setTyped}
      />
    </div>
  )
}

function Waits(props: {
  editor: Editor
  subtask: DraftSubtask
  isLocked: boolean
  onLink: (id: string) => void
}): JSX.Element {
  const id = (): string => props.subtask.id
  const others = () =>
    props.editor
      .edit()
      .subtasks.filter((each) => each.id !== id() && !props.subtask.depends_on.includes(each.id))
  return (
    <>
      <div class="col gap-1.5">
        <h3 class="m-0 font-500">Runs after</h3>
        <Chips
          ids={props.subtask.depends_on}
          editor={props.editor}
          isFixed={() => props.isLocked}
          verb={(other) => `Do not wait for ${props.editor.nameOf(other)}`}
          onRemove={(other) => props.editor.disconnect({ from: other, to: id() })}
          empty="Nothing: it starts at once."
        />
        <Show when={!props.isLocked && others().length > 0}>
          <select
            class="input"
            aria-label={`Let ${props.subtask.name || id()} run after`}
            onChange={(event) => {
              const from = event.currentTarget.value
              event.currentTarget.value = ''
              if (from) props.editor.connect({ from, to: id() })
            }}
          >
            <option value="">Add a dependency…</option>
            <For each={others()}>
              {(other) => <option value={other.id}>{other.name || other.id}</option>}
            </For>
          </select>
        </Show>
      </div>
      <div class="col gap-1.5">
        <h3 class="m-0 font-500">Then</h3>
        <Chips
          ids={dependantsOf(props.editor.edit(), id())}
          editor={props.editor}
          isFixed={(other) => props.editor.locks().has(other)}
          verb={(other) => `Do not let ${props.editor.nameOf(other)} wait for this`}
          onRemove={(other) => props.editor.disconnect({ from: id(), to: other })}
          empty="Nothing waits for it."
        />
        <div>
          <Button icon="plus" small shortcut={formatKeys('d')} onClick={() => props.onLink(id())}>
            Let another run after it…
          </Button>
        </div>
      </div>
    </>
  )
}

function Chips(props: {
  ids: readonly string[]
  editor: Editor
  isFixed: (id: string) => boolean
  verb: (id: string) => string
  onRemove: (id: string) => void
  empty: string
}): JSX.Element {
  let list!: HTMLUListElement
  /** The focus stays in the list when what had it goes. */
  const remove = (id: string): void => {
    const at = props.ids.indexOf(id)
    props.onRemove(id)
    queueMicrotask(() => {
      const left = list.querySelectorAll('button')
      ;(left[Math.min(at, left.length - 1)] ?? list).focus()
    })
  }
  return (
    <ul ref={list} tabIndex={-1} class="flex flex-wrap gap-1.5 ring-in">
      <For each={props.ids} fallback={<li class="t3 text-small">{props.empty}</li>}>
        {(id) => (
          <li class="flex items-center min-w-0 max-w-full well ps-2 min-h-11 md:min-h-6">
            <span class="clip text-small">{props.editor.nameOf(id)}</span>
            <Show when={!props.isFixed(id)} fallback={<span class="pe-2" />}>
              <button
                type="button"
                class="w-11 h-11 md:w-6 md:h-6 grid place-items-center t3 hover:text-tx1"
                aria-label={props.verb(id)}
                title={props.verb(id)}
                onClick={() => remove(id)}
              >
                ×
              </button>
            </Show>
          </li>
        )}
      </For>
    </ul>
  )
}
