import type { OutputReader } from './output-source.ts'

/** Where a search stands: the next byte, and the line it is in. */
export type SearchPosition = {
  at: number
  lineStart: number
  /** That line was found already; the rest of it is passed over. */
  isFound: boolean
}

export type FoundLine = {
  /** Byte of the first occurrence. */
  offset: number
  lineOffset: number
  /** The line without its end; only a piece around the occurrence when it is too long to hold. */
  line: Uint8Array
}

export type SearchOptions = {
  outputs: Pick<OutputReader, 'size' | 'read'>
  agentId: string
  /** What `toByteSearch` made. */
  pattern: RegExp
  position: SearchPosition
  /** Most lines to find. */
  limit: number
  /** Most bytes to look at. */
  budgetBytes: number
  /** Says which of the lines that hold the bytes count, and as what. */
  accept: (found: FoundLine) => boolean
  signal?: AbortSignal
}

const newline = 10
const blockBytes = 1024 * 1024
/** Longer lines are searched piece by piece. */
const longestLine = 4 * 1024 * 1024
/** Pieces of a long line overlap by more than any searched text is long. */
const overlapBytes = 4 * 1024

export const searchStart: SearchPosition = { at: 0, lineStart: 0, isFound: false }

/**
 * Finds `text` in bytes seen as Latin-1: exact to the byte whatever the bytes are, and blind to upper and lower case.
 * The expression has no repetition, so it cannot run away.
 */
export function toByteSearch(text: string): RegExp {
  const parts = [...text].map((character) => {
    const forms = new Set([character, character.toLowerCase(), character.toUpperCase()])
    return `(?:${[...forms].map(toBytePattern).join('|')})`
  })
  return new RegExp(parts.join(''), 'g')
}

function toBytePattern(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('')
}

/**
 * Searches stored output line by line from `position`, holding one block of it at a time. Returns where the next search goes on,
 * and null at the end of what is stored. Stops where it is when the signal is aborted.
 */
export async function searchOutput(options: SearchOptions): Promise<SearchPosition | null> {
  const { outputs, agentId, signal } = options
  const size = outputs.size(agentId)
  let { position, limit: left } = options
  const stopAt = position.at + options.budgetBytes
  while (position.at < size) {
    if (left === 0 || position.at >= stopAt || signal?.aborted) return position
    const block = await readBlock(options, position.at, size)
    // Removed meanwhile.
    if (block.bytes.length === 0) return null
    const found = searchBlock(options, { ...block, position, limit: left })
    left -= found.count
    position = found.next
  }
  return null
}

type Block = { bytes: Uint8Array; isWhole: boolean }

/** The next whole lines; the beginning of a line when it is longer than can be held. */
async function readBlock(
  { outputs, agentId }: SearchOptions,
  at: number,
  size: number,
): Promise<Block> {
  for (const length of [blockBytes, longestLine]) {
    const bytes = await outputs.read(agentId, at, Math.min(size, at + length))
    // The last line may have no end yet.
    if (at + bytes.length >= size) return { bytes, isWhole: true }
    const end = bytes.lastIndexOf(newline) + 1
    if (end > 0) return { bytes: bytes.subarray(0, end), isWhole: true }
    if (length === longestLine) return { bytes, isWhole: false }
  }
  throw new Error('unreachable')
}

type Part = Block & { position: SearchPosition; limit: number }

function searchBlock(
  { pattern, accept }: SearchOptions,
  { bytes, isWhole, position, limit }: Part,
): { count: number; next: SearchPosition } {
  const { at } = position
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const lineEnd = (from: number): number => {
    const end = text.indexOf('\n', from)
    return end < 0 ? text.length : end
  }
  let count = 0
  let isFound = position.isFound
  pattern.lastIndex = isFound ? lineEnd(0) : 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const start = text.lastIndexOf('\n', match.index) + 1
    const end = lineEnd(match.index)
    const lineOffset = start === 0 ? position.lineStart : at + start
    const line = bytes.subarray(start, end)
    if (accept({ offset: at + match.index, lineOffset, line })) {
      count++
      isFound = true
      if (isWhole && count === limit) return { count, next: afterLine(at, end) }
    }
    pattern.lastIndex = end
  }
  if (isWhole) return { count, next: afterLine(at, bytes.length - 1) }
  const next = at + bytes.length - overlapBytes
  return { count, next: { at: next, lineStart: position.lineStart, isFound } }
}

function afterLine(at: number, end: number): SearchPosition {
  return { at: at + end + 1, lineStart: at + end + 1, isFound: false }
}
