import type { ReadItem, Row } from './rows.ts'

/** A file of the workspace that a row is about, and where to look at it. */
export type RowFile = { pane: 'changes' | 'files'; path: string }

/** The file that was edited, or the first that was read. Undefined for what lies outside the workspace, or failed. */
export function fileOfRow(row: Row): RowFile | undefined {
  if (row.kind === 'edit')
    return row.error === undefined && isInside(row.path)
      ? { pane: 'changes', path: row.path }
      : undefined
  if (row.kind !== 'reads') return undefined
  const item = row.items.find((each) => fileOfRead(each))
  return item && fileOfRead(item)
}

export const fileOfRead = ({ tool, target, state }: ReadItem): RowFile | undefined =>
  tool === 'Read' && state !== 'failed' && isInside(target)
    ? { pane: 'files', path: target }
    : undefined

/** Paths in the workspace are relative to it. */
const isInside = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !path.split('/').includes('..')
