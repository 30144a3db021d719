import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toActivity } from '../../ui/src/lib/activity/reduce.ts'
import type { Row } from '../../ui/src/lib/activity/rows.ts'
import { createLineSplitter } from '../../ui/src/lib/lines.ts'

const directory = join(import.meta.dir, '../fixtures/recordings')

export const recordings = readdirSync(directory)
  .filter((name) => name.endsWith('.jsonl') && !name.includes('.timeline.'))
  .map((name) => name.slice(0, -'.jsonl'.length))

export const readRecording = (name: string): Uint8Array =>
  readFileSync(join(directory, `${name}.jsonl`))

export const rowsOf = (bytes: Uint8Array): Row[] =>
  toActivity(createLineSplitter().push(0, bytes)).rows

export const rowsOfRecording = (name: string): Row[] => rowsOf(readRecording(name))

/** Rows of lines that a test makes up. */
export const rowsOfLines = (lines: readonly unknown[]): Row[] =>
  rowsOf(new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))

export function pick<K extends Row['kind']>(
  rows: readonly Row[],
  kind: K,
): Extract<Row, { kind: K }>[] {
  return rows.filter((row): row is Extract<Row, { kind: K }> => row.kind === kind)
}
