import type { Action } from '../../data/actions.ts'
import type { EdgeId, Editor } from './editor.ts'

const locked = 'It has begun, so it stays as it is.'
const none = 'Choose a subtask first.'

/** Everything that can be done with a plan, for keys and palette. */
export function planActions(props: {
  editor: Editor
  selected: string | undefined
  edge: EdgeId | undefined
  select: (id: string | null) => void
  show: (view: 'graph' | 'list' | 'text') => void
  remove: (id: string) => void
  removeEdge: (edge: EdgeId) => void
  link: (id: string) => void
}): Action[] {
  const { editor, selected, edge } = props
  const group = 'Plan'
  const common: Action[] = [
    { id: 'plan.graph', label: 'Show the plan as a graph', group, run: () => props.show('graph') },
    { id: 'plan.list', label: 'Show the plan as a list', group, run: () => props.show('list') },
    { id: 'plan.text', label: 'Show the plan as text', group, run: () => props.show('text') },
    {
      id: 'plan.deselect',
      label: 'Close the subtask',
      group,
      keys: 'Escape',
      palette: false,
      run: () => (selected === undefined ? false : props.select(null)),
    },
  ]
  if (!editor.isEditing())
    return [
      ...common,
      {
        id: 'plan.edit',
        label: 'Edit the plan',
        group,
        keys: 'e',
        run: editor.begin,
        disabled: !editor.canEdit() && 'The plan cannot be edited in this state of the task.',
      },
    ]
  const onSelected = (
    id: string,
    label: string,
    keys: string | readonly string[],
    run: (id: string) => unknown,
    mayBeLocked = false,
  ): Action => ({
    id,
    label,
    group,
    keys,
    run: () => (selected === undefined ? false : run(selected)),
    disabled:
      selected === undefined ? none : !mayBeLocked && editor.locks().has(selected) && locked,
  })
  return [
    ...common,
    onSelected('plan.link', 'Let another subtask run after this one', 'd', props.link, true),
    onSelected('plan.duplicate', 'Duplicate the subtask', 'Mod+d', editor.duplicate, true),
    onSelected('plan.up', 'Move the subtask up', 'Alt+ArrowUp', (id) => editor.move(id, -1), true),
    onSelected(
      'plan.down',
      'Move the subtask down',
      'Alt+ArrowDown',
      (id) => editor.move(id, 1),
      true,
    ),
    {
      id: 'plan.add',
      label: 'Add a subtask',
      group,
      keys: 'a',
      run: () => {
        // There it allows what an agent asks.
        if (document.activeElement?.closest('[data-attention]')) return false
        editor.add(selected)
        return undefined
      },
    },
    edge
      ? {
          id: 'plan.remove',
          label: 'Remove the dependency',
          group,
          keys: ['Delete', 'Backspace'],
          run: () => props.removeEdge(edge),
        }
      : onSelected('plan.remove', 'Remove the subtask', ['Delete', 'Backspace'], props.remove),
    {
      id: 'plan.undo',
      label: 'Undo the last edit',
      group,
      keys: 'Mod+z',
      run: editor.undo,
      disabled: editor.undoLabel() === '' && 'There is nothing to undo.',
    },
    {
      id: 'plan.redo',
      label: 'Redo the edit',
      group,
      keys: ['Mod+Shift+z', 'Mod+y'],
      run: editor.redo,
      disabled: editor.redoLabel() === '' && 'There is nothing to redo.',
    },
  ]
}
