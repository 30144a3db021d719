import type { OutputReader } from './output-source.ts'

const newline = 10
const stepBytes = 64 * 1024
/** How far a line's ends are looked for. */
const longestLine = 4 * 1024 * 1024

type Reader = Pick<OutputReader, 'size' | 'read' | 'isEnded'>

/**
 * The whole lines that hold the bytes `from`..`to`. A line longer than 4 MiB is cut where it was asked for; one without its end yet is
 * left out unless the output has ended.
 */
export async function alignToLines(
  outputs: Reader,
  agentId: string,
  { from, to }: { from: number; to: number },
): Promise<{ from: number; to: number }> {
  const size = outputs.size(agentId)
  if (from >= size || to <= from) return { from, to: from }
  const start = await lineStart(outputs, agentId, from)
  const end = await lineEnd(outputs, agentId, Math.min(to, size))
  if (end !== undefined) return { from: start, to: end }
  if (outputs.isEnded(agentId)) return { from: start, to: size }
  const last = await lineStart(outputs, agentId, size)
  return { from: start, to: Math.max(start, last) }
}

/** First byte of the line that byte `at` is in; `at` itself when it is too far away. */
async function lineStart(outputs: Reader, agentId: string, at: number): Promise<number> {
  const floor = Math.max(0, at - longestLine)
  for (let end = at; end > floor; ) {
    const start = Math.max(floor, end - stepBytes)
    const bytes = await outputs.read(agentId, start, end)
    const found = bytes.lastIndexOf(newline)
    if (found >= 0) return start + found + 1
    end = start
  }
  return floor === 0 ? 0 : at
}

/** Behind the first line end at or after the byte before `at`; `at` when it is too far away, undefined when there is none yet. */
async function lineEnd(outputs: Reader, agentId: string, at: number): Promise<number | undefined> {
  const size = outputs.size(agentId)
  const ceiling = Math.min(size, at + longestLine)
  for (let start = at - 1; start < ceiling; ) {
    const end = Math.min(ceiling, start + stepBytes)
    const found = (await outputs.read(agentId, start, end)).indexOf(newline)
    if (found >= 0) return start + found + 1
    start = end
  }
  return ceiling === size ? undefined : at
}
