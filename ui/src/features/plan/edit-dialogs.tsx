import { createSignal, For, type JSX } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { dependantsOf, pathBetween } from '../../lib/plan/edit.ts'
import { joinWords } from '../../lib/text.ts'
import type { Editor } from './editor.ts'

/** A subtask between others goes: are they to wait for each other then? */
export function RemoveDialog(props: {
  editor: Editor
  id: string
  onClose: () => void
}): JSX.Element {
  const names = (ids: readonly string[]): string => joinWords(ids.map(props.editor.nameOf))
  const before = (): readonly string[] =>
    props.editor.edit().subtasks.find(({ id }) => id === props.id)?.depends_on ?? []
  const after = (): string[] => dependantsOf(props.editor.edit(), props.id)
  const remove = (join: boolean): void => {
    props.editor.remove(props.id, join)
    props.onClose()
  }
  return (
    <Dialog
      title={`Remove ${props.editor.nameOf(props.id)}?`}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={() => remove(false)}>Remove only it</Button>
          <Button look="primary" onClick={() => remove(true)}>
            Remove and join
          </Button>
        </>
      }
    >
      <p>
        {names(after())} {after().length === 1 ? 'runs' : 'run'} after it, and it runs after{' '}
        {names(before())}.
      </p>
      <p>
        Joined, {names(after())} will run after {names(before())}. Otherwise{' '}
        {after().length === 1 ? 'it loses' : 'they lose'} this dependency.
      </p>
    </Dialog>
  )
}

/** The keyboard's way to draw a dependency. */
export function LinkDialog(props: {
  editor: Editor
  id: string
  onClose: () => void
}): JSX.Element {
  const [words, setWords] = createSignal('')
  const others = () =>
    props.editor
      .edit()
      .subtasks.filter(
        ({ id, name, depends_on }) =>
          id !== props.id &&
          !depends_on.includes(props.id) &&
          `${name} ${id}`.toLowerCase().includes(words().trim().toLowerCase()),
      )
  const obstacle = (id: string): string => {
    if (props.editor.locks().has(id)) return 'has begun'
    return pathBetween(props.editor.edit(), id, props.id) ? 'would make a loop' : ''
  }
  const choose = (id: string): void => {
    props.editor.connect({ from: props.id, to: id })
    props.onClose()
  }
  return (
    <Dialog
      title={`What runs after ${props.editor.nameOf(props.id)}?`}
      onClose={props.onClose}
      actions={undefined}
    >
      <input
        class="input"
        aria-label="Find a subtask"
        placeholder="Find a subtask"
        value={words()}
        onInput={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = others().find(({ id }) => obstacle(id) === '')
          if (event.key === 'Enter' && first) choose(first.id)
        }}
      />
      <ul class="col max-h-[50vh] overflow-auto">
        <For each={others()} fallback={<li>No subtask is called so.</li>}>
          {(other) => (
            <li>
              <button
                type="button"
                class="w-full row min-h-11 md:min-h-8 px-2 rounded-key text-start hover:bg-bg2 disabled:opacity-70"
                disabled={obstacle(other.id) !== ''}
                onClick={() => choose(other.id)}
              >
                <span class="t1 clip flex-1">{other.name || other.id}</span>
                <span class="t3 text-small">{obstacle(other.id)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </Dialog>
  )
}
