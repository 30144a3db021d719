/** What a reader of the activity has unfolded, filtered and picked. */
import { type Accessor, createMemo, createSignal } from 'solid-js'
import { isOpenAtFirst, type RowGroup, visibleRows } from '../../lib/activity/filter.ts'
import { isError, type Row } from '../../lib/activity/rows.ts'
import { canUnfold } from './row-detail.tsx'

export type ActivityList = {
  visible: Accessor<Row[]>
  /** By id, of all rows that are held. */
  byId: Accessor<ReadonlyMap<string, Row>>
  ids: Accessor<readonly string[]>
  errors: Accessor<Row[]>
  groups: Accessor<ReadonlySet<RowGroup>>
  toggleGroup(group: RowGroup): void
  onlyErrors: Accessor<boolean>
  setOnlyErrors(on: boolean): void
  isOpen(row: Row): boolean
  setOpen(row: Row, isOpen: boolean): void
  /** Unfolds the row and those it lies in. */
  openWithParents(row: Row): void
  toggleKind(row: Row): void
  current: Accessor<string | undefined>
  select(id: string | undefined): void
  /** The row `by` places from the current one; from the edge of the list when none is current. */
  neighbour(by: number): Row | undefined
  /** The next error after the current row, or the one before. */
  nextError(by: 1 | -1): Row | undefined
}

export function createActivityList(rows: Accessor<readonly Row[]>): ActivityList {
  const [open, setOpenMap] = createSignal<ReadonlyMap<string, boolean>>(new Map())
  const [groups, setGroups] = createSignal<ReadonlySet<RowGroup>>(new Set<RowGroup>())
  const [onlyErrors, setOnlyErrors] = createSignal(false)
  const [current, select] = createSignal<string>()
  const isOpen = (row: Row): boolean => open().get(row.id) ?? isOpenAtFirst(row)
  const visible = createMemo(() =>
    visibleRows(rows(), { groups: groups(), onlyErrors: onlyErrors(), isOpen }),
  )
  const byId = createMemo(() => new Map(rows().map((row) => [row.id, row])))
  const ids = createMemo(() => visible().map(({ id }) => id), undefined, {
    equals: (a, b) => a.length === b.length && a.every((id, index) => id === b[index]),
  })
  const errors = createMemo(() => rows().filter(isError))
  const place = (): number => visible().findIndex(({ id }) => id === current())
  const change = (list: readonly Row[], isOpened: boolean): void => {
    const next = new Map(open())
    for (const { id } of list) next.set(id, isOpened)
    setOpenMap(next)
  }
  return {
    visible,
    byId,
    ids,
    errors,
    groups,
    toggleGroup(group) {
      const next = new Set(groups())
      if (!next.delete(group)) next.add(group)
      setGroups(next)
    },
    onlyErrors,
    setOnlyErrors,
    isOpen,
    setOpen: (row, isOpened) => change([row], isOpened),
    openWithParents(row) {
      const list = canUnfold(row) ? [row] : []
      for (let up = row.parent; up !== undefined; ) {
        const parent = byId().get(up)
        if (!parent) break
        list.push(parent)
        up = parent.parent
      }
      change(list, true)
    },
    toggleKind(row) {
      const same = rows().filter((each) => each.kind === row.kind && canUnfold(each))
      change(same, !isOpen(row))
    },
    current,
    select,
    neighbour(by) {
      const at = place()
      const list = visible()
      if (at < 0) return list.at(-1)
      return list[Math.max(0, Math.min(list.length - 1, at + by))]
    },
    nextError(by) {
      const known = rows().findIndex(({ id }) => id === current())
      const list = rows()
      if (by === 1)
        return list.find((row, index) => index > known && isError(row)) ?? errors().at(-1)
      return list.findLast((row, index) => (known < 0 || index < known) && isError(row))
    },
  }
}
