/** Paths as a tree: folders first, chains of folders that hold only one another in one row, any size in one pass. */
export type Folder<T> = {
  /** Full path; unique in the tree. */
  path: string
  /** What its row says; several names for a chain. */
  name: string
  folders: Folder<T>[]
  files: Leaf<T>[]
  /** Files at any depth. */
  count: number
}

export type Leaf<T> = { path: string; name: string; item: T }

export type TreeRow<T> = {
  path: string
  name: string
  /** 1 at the top, as `aria-level` counts. */
  level: number
  /** Place among its siblings, from 1, and how many they are. */
  position: number
  setSize: number
} & ({ kind: 'folder'; isOpen: boolean; count: number } | { kind: 'file'; item: T })

const collator = new Intl.Collator('en', { numeric: true })
const byName = (a: { name: string }, b: { name: string }): number =>
  collator.compare(a.name, b.name)

/** `prefix` stands in front of every path of the result, so that several trees can be rows of one. */
export function buildTree<T>(
  items: readonly T[],
  pathOf: (item: T) => string,
  { prefix = '', name = '' }: { prefix?: string; name?: string } = {},
): Folder<T> {
  const root = toFolder<T>(prefix, name)
  const known = new Map<string, Folder<T>>([['', root]])
  const folderOf = (path: string): Folder<T> => {
    const found = known.get(path)
    if (found) return found
    const cut = path.lastIndexOf('/')
    const folder = toFolder<T>(`${prefix}${path}`, path.slice(cut + 1))
    known.set(path, folder)
    folderOf(cut < 0 ? '' : path.slice(0, cut)).folders.push(folder)
    return folder
  }
  for (const item of items) {
    const path = pathOf(item)
    const cut = path.lastIndexOf('/')
    folderOf(cut < 0 ? '' : path.slice(0, cut)).files.push({
      path: `${prefix}${path}`,
      name: path.slice(cut + 1),
      item,
    })
  }
  return finish(root, true)
}

const toFolder = <T>(path: string, name: string): Folder<T> => ({
  path,
  name,
  folders: [],
  files: [],
  count: 0,
})

/** Sorts, counts and joins chains, from the leaves up. */
function finish<T>(folder: Folder<T>, isRoot: boolean): Folder<T> {
  const folders = folder.folders.map((each) => finish(each, false)).sort(byName)
  const files = folder.files.sort(byName)
  const only = folders.length === 1 && files.length === 0 ? folders[0] : undefined
  if (only && !isRoot) return { ...only, name: `${folder.name}/${only.name}` }
  const count = folders.reduce((sum, each) => sum + each.count, files.length)
  return { ...folder, folders, files, count }
}

/** The rows that are to be seen, top to bottom. */
export function listRows<T>(
  root: Pick<Folder<T>, 'folders' | 'files'>,
  isOpen: (folder: Folder<T>) => boolean,
  level = 1,
): TreeRow<T>[] {
  const rows: TreeRow<T>[] = []
  const setSize = root.folders.length + root.files.length
  for (const [index, folder] of root.folders.entries()) {
    const { path, name, count } = folder
    const open = isOpen(folder)
    const place = { path, name, level, position: index + 1, setSize }
    rows.push({ ...place, kind: 'folder', isOpen: open, count })
    if (open) rows.push(...listRows(folder, isOpen, level + 1))
  }
  for (const [index, { path, name, item }] of root.files.entries()) {
    const position = root.folders.length + index + 1
    rows.push({ path, name, level, position, setSize, kind: 'file', item })
  }
  return rows
}

/** Items in the order of the tree's rows, when all folders are open. */
export function inTreeOrder<T>(root: Folder<T>): T[] {
  return [...root.folders.flatMap(inTreeOrder), ...root.files.map(({ item }) => item)]
}

/** Whether every word of the filter is somewhere in the path, in any case. */
export function matchesFilter(path: string, filter: string): boolean {
  const text = path.toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Row that a key leads to, as the WAI-ARIA tree pattern has it; undefined for keys that do not move. */
export function moveInTree<T>(
  rows: readonly TreeRow<T>[],
  at: number,
  key: string,
): { to: number } | { toggle: boolean } | undefined {
  const row = rows[at]
  const last = rows.length - 1
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(last, at + 1) }
    case 'ArrowUp':
      return { to: Math.max(0, at - 1) }
    case 'Home':
      return { to: 0 }
    case 'End':
      return { to: last }
    case 'ArrowRight':
      if (row?.kind !== 'folder') return { to: at }
      return row.isOpen ? { to: Math.min(last, at + 1) } : { toggle: true }
    case 'ArrowLeft':
      return row?.kind === 'folder' && row.isOpen ? { toggle: false } : { to: parentOf(rows, at) }
    default:
      return undefined
  }
}

function parentOf<T>(rows: readonly TreeRow<T>[], at: number): number {
  const level = rows[at]?.level ?? 1
  for (let index = at; index >= 0; index--) if ((rows[index]?.level ?? 1) < level) return index
  return at
}
