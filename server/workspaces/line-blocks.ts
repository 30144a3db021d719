/** Which lines differ between two contents, as git tells, and where a line of one stands in the other. */
import type { Repository } from './repository.ts'

/** Lines `from` up to, not including, `to`; counted from 1. */
export type LineSpan = { from: number; to: number }
/** A run of lines that was replaced by another; either may be empty, and then lies before `from`. */
export type LineBlock = { old: LineSpan; new: LineSpan }

/** Undefined when git does not take them for text. `undefined` stands for a file that is not there. */
export async function changedBlocks(
  repository: Repository,
  before: string | undefined,
  after: string | undefined,
): Promise<LineBlock[] | undefined> {
  if (before === after) return []
  const empty =
    before && after
      ? ''
      : await repository.line(['hash-object', '-w', '--stdin'], { input: new Uint8Array() })
  const { stdout } = await repository.git([
    ...['diff', '-U0', '--no-color', '--no-ext-diff', '--no-textconv'],
    ...[before ?? empty, after ?? empty, '--'],
  ])
  // Contents may be in any encoding; what is looked for is ASCII at the beginning of a line.
  return parseBlocks(new TextDecoder('latin1').decode(stdout))
}

export function parseBlocks(diff: string): LineBlock[] | undefined {
  if (/^Binary files /m.test(diff.slice(0, 4096).split('\n@@ ')[0] ?? '')) return undefined
  const blocks: LineBlock[] = []
  const lines = diff.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? '')
    if (!head) continue
    const block = {
      old: toSpan(Number(head[1]), Number(head[2] ?? 1)),
      new: toSpan(Number(head[3]), Number(head[4] ?? 1)),
    }
    blocks.push(block)
    // Its own lines could look like the head of another one.
    at += block.old.to - block.old.from + block.new.to - block.new.from
  }
  return blocks
}

/** An empty run is named by the line before it. */
const toSpan = (start: number, count: number): LineSpan =>
  count === 0 ? { from: start + 1, to: start + 1 } : { from: start, to: start + count }

/** Where a line of the old content stands in the new one; undefined when it is not there any more. */
export function placeOf(blocks: readonly LineBlock[], line: number): number | undefined {
  let moved = 0
  for (const { old, new: fresh } of blocks) {
    if (line < old.from) break
    if (line < old.to) return undefined
    moved = fresh.to - old.to
  }
  return line + moved
}

/** With their line ends; the last one may have none. */
export function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    const to = end < 0 ? bytes.length : end + 1
    lines.push(bytes.subarray(from, to))
    from = to
  }
  return lines
}
