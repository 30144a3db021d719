import { createEffect, createSignal, createUniqueId, type JSX, on, Show } from 'solid-js'
import { Virtualizer, type VirtualizerHandle } from 'virtua/solid'
import { moveInTree, type TreeRow } from '../lib/tree.ts'
import { Icon } from './icon.tsx'

/**
 * Folders and files as one tree that has the focus as a whole (WAI-ARIA tree with an active descendant): arrows move, right
 * and left open and close, ↵ opens a file. Only what is in sight is in the page.
 */
export function FileTree<T>(props: {
  label: string
  rows: readonly TreeRow<T>[]
  /** Path of the file that is shown beside the tree. */
  selected?: string | undefined
  onOpen: (path: string, item: T) => void
  onToggle: (path: string, isOpen: boolean) => void
  /** Space on a file; without it space does what ↵ does. */
  onSpace?: (item: T) => void
  /** What stands at the end of a row. */
  end?: (row: TreeRow<T>) => JSX.Element
  /** Whether a row's name is quiet, as for what is done with. */
  isQuiet?: (item: T) => boolean
}): JSX.Element {
  const id = createUniqueId()
  const [active, setActive] = createSignal(props.selected ?? '')
  let list: VirtualizerHandle | undefined
  const at = (): number =>
    Math.max(
      0,
      props.rows.findIndex(({ path }) => path === active()),
    )
  const go = (index: number): void => {
    setActive(props.rows[index]?.path ?? '')
    list?.scrollToIndex(index, { align: 'nearest' })
  }
  createEffect(
    on(
      () => props.selected,
      (selected) => {
        const index = props.rows.findIndex(({ path }) => path === selected)
        if (index >= 0) go(index)
      },
    ),
  )
  const open = (row: TreeRow<T> | undefined): void => {
    if (row?.kind === 'folder') props.onToggle(row.path, !row.isOpen)
    else if (row) props.onOpen(row.path, row.item)
  }
  const press = (event: KeyboardEvent): boolean => {
    const row = props.rows[at()]
    if (event.ctrlKey || event.metaKey || event.altKey) return false
    if (event.key === ' ' && row?.kind === 'file' && props.onSpace) props.onSpace(row.item)
    else if (event.key === 'Enter' || event.key === ' ') open(row)
    else return move(event.key, row)
    return true
  }
  const move = (key: string, row: TreeRow<T> | undefined): boolean => {
    const step = moveInTree(props.rows, at(), key)
    if (!step) return false
    if ('to' in step) go(step.to)
    else if (row) props.onToggle(row.path, step.toggle)
    return true
  }
  return (
    <div
      role="tree"
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={props.rows.length > 0 ? `${id}-${at()}` : undefined}
      class="file-tree flex-1 min-h-0 overflow-auto py-1"
      onKeyDown={(event) => {
        if (!press(event)) return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <Virtualizer ref={(handle) => (list = handle)} data={props.rows} keepMounted={[at()]}>
        {(row, index) => (
          <Row
            id={`${id}-${index()}`}
            row={row}
            isActive={at() === index()}
            isSelected={props.selected === row.path}
            isQuiet={row.kind === 'file' && (props.isQuiet?.(row.item) ?? false)}
            end={props.end?.(row)}
            onPress={() => {
              setActive(row.path)
              open(row)
            }}
          />
        )}
      </Virtualizer>
    </div>
  )
}

function Row<T>(props: {
  id: string
  row: TreeRow<T>
  isActive: boolean
  isSelected: boolean
  isQuiet: boolean
  end: JSX.Element
  onPress: () => void
}): JSX.Element {
  const closedFolder = () =>
    props.row.kind === 'folder' && !props.row.isOpen ? props.row : undefined
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the focus and takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree around it has the focus and names the active row
    <div
      id={props.id}
      role="treeitem"
      aria-level={props.row.level}
      aria-posinset={props.row.position}
      aria-setsize={props.row.setSize}
      aria-expanded={props.row.kind === 'folder' ? props.row.isOpen : undefined}
      aria-selected={props.isSelected}
      title={props.row.path}
      class="tree-row mx-1.5 pr-2 flex items-center gap-1.5 h-11 md:h-7 rounded-button cursor-pointer hover:bg-bg2 min-w-0"
      classList={{ 'bg-bg3!': props.isSelected, 'is-active': props.isActive }}
      style={{ 'padding-inline-start': `${(props.row.level - 1) * 12 + 6}px` }}
      onClick={() => props.onPress()}
    >
      <Icon
        name={props.row.kind === 'file' ? 'file' : props.row.isOpen ? 'down' : 'right'}
        class="t3"
      />
      <span
        class="clip flex-1"
        classList={{
          t3: props.isQuiet,
          t2: props.row.kind === 'folder',
        }}
      >
        {props.row.name}
      </span>
      <Show when={closedFolder()}>
        {(folder) => <span class="t3 text-small">{folder().count}</span>}
      </Show>
      {props.end}
    </div>
  )
}
