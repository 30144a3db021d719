import type { JSX } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import type { Act } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { formatKeys } from '../../lib/keystrokes.ts'

/** The form around an editor's fields: saved by button, key and palette, or left as it was. */
export function EditorForm(props: {
  noun: 'repository' | 'team'
  act: Act
  onSave: () => void
  onDiscard: () => void
  children: JSX.Element
}): JSX.Element {
  const saving = (): string => `Save ${props.noun}`
  useActions(() => [
    {
      id: `${props.noun}.save`,
      label: saving(),
      group: 'Settings',
      keys: 'Mod+Enter',
      run: props.onSave,
    },
    {
      id: `${props.noun}.discard`,
      label: 'Discard changes',
      group: 'Settings',
      run: props.onDiscard,
    },
  ])
  return (
    <form
      class="col gap-4"
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        props.onSave()
      }}
    >
      {props.children}
      <ErrorLine text={props.act.error()} />
      <div class="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          busy={props.act.busy()}
          shortcut={formatKeys('Mod+Enter')}
        >
          {saving()}
        </Button>
        <Button look="quiet" onClick={() => props.onDiscard()}>
          Discard changes
        </Button>
      </div>
    </form>
  )
}
