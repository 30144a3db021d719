import { type Action, useActions } from '../../data/actions.ts'
import { fileOfRow, type RowFile } from '../../lib/activity/row-file.ts'
import type { Row } from '../../lib/activity/rows.ts'
import type { ActivityList } from './activity-list.ts'
import { isAloud, toggleAloud } from './aloud.tsx'
import { canUnfold } from './row-detail.tsx'

type Options = {
  list: ActivityList
  isMain: boolean
  goTo: (row: Row | undefined, where?: 'nearest' | 'center') => undefined
  toggle: (row: Row) => void
  follow: () => void
  copyRaw: (row: Row) => void
  copyLink: (row: Row) => void
  /** Also where nothing is loaded yet. */
  firstError: () => undefined
  /** Everything before what is shown is loaded. */
  isFromStart: () => boolean
  onFile: ((file: RowFile) => void) | undefined
}

/** The keys of the activity, while it is the main thing on the page. */
export function useActivityActions(options: Options): void {
  if (options.isMain) useActions(() => [...moves(options), ...errors(options), ...ofRow(options)])
}

const group = 'Activity'

const moves = ({ list, goTo, follow }: Options): Action[] => [
  {
    id: 'activity.next',
    label: 'Next row',
    group,
    keys: ['j', 'ArrowDown'],
    palette: false,
    run: () => goTo(list.neighbour(1)),
  },
  {
    id: 'activity.previous',
    label: 'Previous row',
    group,
    keys: ['k', 'ArrowUp'],
    palette: false,
    run: () => goTo(list.neighbour(-1)),
  },
  { id: 'activity.end', label: 'Go to the end and follow', group, keys: 'End', run: follow },
  {
    id: 'activity.aloud',
    label: isAloud() ? 'Stop reading new rows aloud' : 'Read new rows aloud',
    group,
    words: 'screen reader announce log',
    run: toggleAloud,
  },
]

const errors = ({ list, goTo, firstError, isFromStart }: Options): Action[] => {
  const disabled = list.errors().length === 0 && 'No error is loaded.'
  return [
    {
      id: 'activity.first-error',
      label: 'Go to the first error',
      group,
      keys: 'Shift+E',
      disabled: isFromStart() && disabled,
      run: firstError,
    },
    {
      id: 'activity.next-error',
      label: 'Go to the next error',
      group,
      keys: 'e',
      disabled,
      run: () => goTo(list.nextError(1), 'center'),
    },
    {
      id: 'activity.previous-error',
      label: 'Go to the previous error',
      group,
      keys: 'Alt+e',
      disabled,
      run: () => goTo(list.nextError(-1), 'center'),
    },
  ]
}

function ofRow(options: Options): Action[] {
  const { list, copyRaw, copyLink, onFile } = options
  const row = (): Row | undefined => list.byId().get(list.current() ?? '')
  const none = row() === undefined && 'Pick a row first, with J and K.'
  const on = (deed: (row: Row) => void) => (): undefined => {
    const known = row()
    if (known) deed(known)
  }
  return [
    ...folds(options, row()),
    {
      id: 'activity.fold-kind',
      label: 'Unfold or fold all rows of this kind',
      group,
      keys: 'o',
      disabled: none,
      run: on(list.toggleKind),
    },
    {
      id: 'activity.file',
      label: 'Show the file of the row',
      group,
      keys: 'Shift+Enter',
      disabled:
        none || ((!onFile || !fileOf(row())) && 'The row is about no file of the workspace.'),
      run: on((known) => {
        const file = fileOfRow(known)
        if (file) onFile?.(file)
      }),
    },
    {
      id: 'activity.copy',
      label: 'Copy the row as it was printed',
      group,
      keys: 'Mod+c',
      disabled: none,
      run: () => {
        // Text that is selected is what somebody wants to copy.
        const known = row()
        if (!known || String(getSelection() ?? '') !== '') return false
        copyRaw(known)
        return undefined
      },
    },
    {
      id: 'activity.copy-link',
      label: 'Copy a link to the row',
      group,
      keys: 'l',
      disabled: none,
      run: on(copyLink),
    },
  ]
}

/** Only for a row that has more to show. */
function folds({ list, toggle }: Options, row: Row | undefined): Action[] {
  if (!row || !canUnfold(row)) return []
  const isOpen = list.isOpen(row)
  const run = (): void => toggle(row)
  return [
    {
      id: 'activity.fold',
      label: 'Unfold or fold the row',
      group,
      keys: 'Enter',
      palette: false,
      run,
    },
    isOpen
      ? { id: 'activity.close', label: 'Fold', group, keys: 'ArrowLeft', palette: false, run }
      : { id: 'activity.unfold', label: 'Unfold', group, keys: 'ArrowRight', palette: false, run },
  ]
}

const fileOf = (row: Row | undefined): RowFile | undefined => row && fileOfRow(row)
