/** Conversations in a save: files of the CLI's that were cut into pieces, read by byte offset as if they were whole. */
import type { KeptSession } from '#contract/checkpoint-contents.ts'
import { AppError } from '#contract/errors.ts'
import { alignToLines } from '#streams/line-range.ts'
import type { SavedBlob } from '#workspaces/snapshots.ts'

type Session = KeptSession & { pieces: SavedBlob[] }

/** What one request reads at most, before its ends are moved to those of lines. */
const mostBytes = 2 * 1024 * 1024
const pieceBytes = 1024 * 1024
/** Pieces kept while one request reads; they are walked in both directions. */
const mostPieces = 4

/** `ownId` names the conversation of the agent itself; it comes first. */
export function toSessions(blobs: readonly SavedBlob[], ownId: string): Session[] {
  const sessions = new Map<string, Session>()
  for (const blob of [...blobs].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const cut = blob.path.lastIndexOf('/')
    const name = blob.path.slice(0, cut)
    if (!name.endsWith('.jsonl')) continue
    const known = sessions.get(name)
    const main = ownId !== '' && name.endsWith(`/${ownId}.jsonl`)
    const session = known ?? { name, size: 0, main, pieces: [] }
    session.size += blob.sizeBytes
    session.pieces.push(blob)
    sessions.set(name, session)
  }
  return [...sessions.values()].sort((a, b) => Number(b.main) - Number(a.main))
}

/** The one that was asked for, or the first. Throws `file.not-found`. */
export function findSession(sessions: readonly Session[], name: string | undefined): Session {
  const found = name === undefined ? sessions[0] : sessions.find((each) => each.name === name)
  if (found) return found
  throw new AppError(
    'file.not-found',
    name === undefined
      ? 'The agent had said nothing by then: there is no conversation in its save.'
      : `The save holds no conversation ${JSON.stringify(name.slice(0, 200))}.`,
  )
}

/** Whole lines that hold the bytes `from` to `to`. */
export async function readSession(
  { pieces, size }: Session,
  asked: { from: number; to?: number | undefined },
  readPiece: (oid: string, maxBytes: number) => Promise<Uint8Array>,
): Promise<{ from: number; size: number; bytes: Uint8Array }> {
  const held = new Map<number, Promise<Uint8Array>>()
  const piece = (index: number): Promise<Uint8Array> => {
    const known = held.get(index)
    if (known) return known
    const [oldest] = held.keys()
    if (held.size >= mostPieces && oldest !== undefined) held.delete(oldest)
    const reading = readPiece(pieces[index]?.oid ?? '', 2 * pieceBytes)
    held.set(index, reading)
    return reading
  }
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    const parts: Uint8Array[] = []
    for (let at = from; at < Math.min(to, size); ) {
      const start = at % pieceBytes
      const part = (await piece((at - start) / pieceBytes)).subarray(start, start + to - at)
      if (part.length === 0) break
      parts.push(part)
      at += part.length
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  }
  const source = {
    size: () => size,
    isEnded: () => true,
    read: (_: string, from: number, to: number) => read(from, to),
  }
  const to = Math.min(size, asked.to ?? size, asked.from + mostBytes)
  const range = await alignToLines(source, '', { from: asked.from, to })
  const bytes = range.to > range.from ? await read(range.from, range.to) : new Uint8Array()
  return { from: range.from, size, bytes }
}
