import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { FileArea, FileChange, FileEntry, FileList } from '#contract/file.ts'
import { FileTree } from '../../components/file-tree.tsx'
import { formatBytes } from '../../lib/text.ts'
import { buildTree, type Folder, listRows, matchesFilter } from '../../lib/tree.ts'
import { FilterField } from './changes-tree.tsx'

type Item = { area: FileArea; entry: FileEntry; status: string | undefined }
type Selected = { area: FileArea; path: string }

const titles: { area: FileArea; title: string; empty: string }[] = [
  { area: 'workspace', title: 'Workspace', empty: 'nothing is merged yet' },
  { area: 'output', title: 'Output', empty: 'no declared results yet' },
  { area: 'input', title: 'Input', empty: 'no uploads; agents find them under input/' },
]
const statusWords: Record<string, string> = { A: 'new', M: 'changed', R: 'moved', T: 'changed' }

/** Below this all folders are open at first. */
const openAtFirst = 200

/** The three areas as one tree. */
export function FilesTree(props: {
  files: FileList
  changes: readonly FileChange[]
  filter: string
  onFilter: (filter: string) => void
  fieldRef: (field: HTMLInputElement) => void
  selected: Selected | undefined
  onOpen: (place: Selected) => void
}): JSX.Element {
  const [toggled, setToggled] = createSignal<ReadonlyMap<string, boolean>>(new Map())
  const changed = createMemo(
    () => new Map(props.changes.map(({ path, status }) => [path, status] as const)),
  )
  const toRoot = (area: FileArea, title: string): Folder<Item> => {
    const items = props.files[area]
      .filter(({ name }) => matchesFilter(name, props.filter))
      .map((entry) => ({
        area,
        entry,
        status: area === 'input' ? undefined : changed().get(entry.name),
      }))
    return {
      ...buildTree(items, (item: Item) => item.entry.name, { prefix: `${area}:` }),
      path: `${area}:`,
      name: title,
    }
  }
  const roots = createMemo((): Folder<Item>[] =>
    titles.map(({ area, title }) => toRoot(area, title)),
  )
  const isOpen = ({ path }: Folder<Item>): boolean => {
    const total = props.files.workspace.length + props.files.input.length
    return (
      props.filter !== '' ||
      (toggled().get(path) ??
        (path.endsWith(':') || total <= openAtFirst || selectedPath().startsWith(`${path}/`)))
    )
  }
  const selectedPath = (): string =>
    props.selected ? `${props.selected.area}:${props.selected.path}` : ''
  const rows = createMemo(() => listRows({ folders: roots(), files: [] }, isOpen))
  const count = (): number => roots().reduce((sum, root) => sum + root.count, 0)
  const empty = (): string =>
    titles
      .filter(({ area }) => props.files[area].length === 0)
      .map(({ title, empty }) => `${title}: ${empty}.`)
      .join(' ')
  return (
    <>
      <FilterField
        label="Filter files"
        value={props.filter}
        fieldRef={props.fieldRef}
        onInput={props.onFilter}
      />
      <Show when={props.filter !== '' && count() === 0}>
        <p class="px-4 pb-2 t2">No file is called so.</p>
      </Show>
      <FileTree
        label="Files"
        rows={rows()}
        selected={selectedPath()}
        onOpen={(_, { area, entry }) => props.onOpen({ area, path: entry.name })}
        onToggle={(path, open) => setToggled(new Map([...toggled(), [path, open]]))}
        end={(row) => (
          <Show when={row.kind === 'file' && row.item}>
            {(item) => (
              <span class="t3 text-small whitespace-nowrap">
                {statusWords[item().status ?? ''] ?? sizeWords(item().entry)}
              </span>
            )}
          </Show>
        )}
      />
      <Show when={empty() && props.filter === ''}>
        <p class="px-4 py-2 t3 text-small">{empty()}</p>
      </Show>
    </>
  )
}

const sizeWords = ({ type, size }: FileEntry): string =>
  type === 'symlink' ? 'link' : type === 'submodule' ? 'submodule' : formatBytes(size)
