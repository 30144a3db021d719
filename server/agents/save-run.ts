/** One run of the script that saves, in a container that has the agent's volumes. It travels with the call, so any image will do. */
import { AppError } from '#contract/errors.ts'
import type { AgentRow } from '#db/agents.ts'
import type { Engine, ExecStream } from '#docker/engine.ts'
import { isAway } from './retry.ts'
import saveScript from './tree/save-tree.pl' with { type: 'text' }

/** What is in an agent's volumes now, as a commit. `pack` holds what was not in `since`; absent when that is nothing. */
export type SavedTree = {
  commit: string
  files: number
  /** Paths that are no files, or hold a login of this installation. */
  leftOut: number
  pack?: AsyncIterable<Uint8Array>
}

/** The script did not come to its end for a reason that passes, or does not hold in another container. */
export class Unfinished extends Error {
  /** Files changed while they were saved. */
  readonly hasMoved: boolean

  constructor(
    reason: string,
    { cause, hasMoved = false }: { cause?: unknown; hasMoved?: boolean },
  ) {
    super(reason, { cause })
    this.name = 'Unfinished'
    this.hasMoved = hasMoved
  }
  toAppError(): AppError {
    return new AppError('git.failed', toSentence(this.message), { cause: this })
  }
}

const toSentence = (reason: string): string => `The agent's files could not be saved: ${reason}.`

export type RunOptions<T> = {
  row: AgentRow
  /** What must not be in it, one a line. */
  secrets: string
  since?: string
  signal?: AbortSignal
  /** Files that changed so lately are expected to change again. */
  lateSeconds: number
  take: (saved: SavedTree) => Promise<T>
}

/** Throws `Unfinished`, `git.failed` with the script's reason, `engine.unreachable`, and what `take` throws. */
export async function runSave<T>(
  engine: Engine,
  containerId: string,
  { row, secrets, since, signal, lateSeconds, take }: RunOptions<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const about = [whatToSave(row), since ?? '-', baseOf(row), String(lateSeconds)]
  const cmd = ['perl', '-e', saveScript, ...about]
  const stream = await begin(engine, containerId, cmd)
  signal?.addEventListener('abort', stream.close, { once: true })
  try {
    // A script that has ended already says why in what it printed.
    if (secrets) await stream.write(new TextEncoder().encode(secrets)).catch(() => {})
    stream.end()
    const reader = createReader(stream.stdout)
    const [commit = '', , files, leftOut] = (await reader.line()).split(' ')
    const kind = await reader.line()
    if (kind !== 'same' && kind !== 'pack') throw toFailure(stream)
    const saved = { commit, files: Number(files), leftOut: Number(leftOut) }
    const pack = kind === 'pack' ? { pack: reader.rest() } : {}
    return await takeWhole(stream, reader, () => take({ ...saved, ...pack }))
  } finally {
    signal?.removeEventListener('abort', stream.close)
    stream.close()
  }
}

async function begin(engine: Engine, containerId: string, cmd: string[]): Promise<ExecStream> {
  try {
    return await engine.execStream(containerId, { cmd })
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'engine.failed')) throw error
    throw new Unfinished(error.message, { cause: error })
  }
}

/** A pack that ends early is noticed by whoever reads it, and so is a disk without room: what the script did tells them apart. */
async function takeWhole<T>(
  stream: ExecStream,
  reader: Pick<Reader, 'hasEnded'>,
  take: () => Promise<T>,
): Promise<T> {
  let taken: T
  try {
    taken = await take()
  } catch (error) {
    if (reader.hasEnded() && !(await isWhole(stream))) throw toFailure(stream, error)
    throw error
  }
  if (!(await isWhole(stream))) throw toFailure(stream)
  return taken
}

/** False as well when the engine does not know: it forgets what ran in a container that was removed. */
async function isWhole(stream: ExecStream): Promise<boolean> {
  try {
    return (await stream.exitCode()) === 0
  } catch (error) {
    if (isAway(error)) return false
    throw error
  }
}

const ownWord = /^save: (.{1,500})$/m
const moved = /chang(ed|ing) while it was saved$/

function toFailure(stream: ExecStream, cause?: unknown): Error {
  const said = stream.stderr()
  const reason = ownWord.exec(said)?.[1]
  if (reason !== undefined && moved.test(reason))
    return new Unfinished(reason, { cause, hasMoved: true })
  if (reason !== undefined) return new AppError('git.failed', toSentence(reason), { cause })
  const last = said.trim().split('\n').at(-1)?.slice(0, 500)
  return new Unfinished(last || 'the script ended without a word', { cause })
}

const whatToSave = ({ kind }: AgentRow): string => (kind === 'planner' ? 'conversation' : 'tree')

/** What the save need not hold. A planner has files without a clone, so it has no commit. */
const baseOf = ({ kind, baseCommit }: AgentRow): string =>
  kind === 'planner' ? '-' : (baseCommit ?? '-')

type Reader = {
  line(): Promise<string>
  rest(): AsyncIterable<Uint8Array>
  hasEnded(): boolean
}

/** Lines first, then the rest as it comes. */
function createReader(source: AsyncIterable<Uint8Array>): Reader {
  const iterator = source[Symbol.asyncIterator]()
  let held: Uint8Array = new Uint8Array()
  let hasEnded = false
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = await iterator.next()
    hasEnded = result.done ?? false
    return result
  }
  return {
    hasEnded: () => hasEnded,
    async line() {
      for (;;) {
        const end = held.indexOf(10)
        if (end >= 0) {
          const text = new TextDecoder().decode(held.subarray(0, end))
          held = held.subarray(end + 1)
          return text
        }
        const { done, value } = await next()
        if (done) return ''
        held = Buffer.concat([held, value])
      }
    },
    async *rest() {
      if (held.length > 0) yield held
      for (;;) {
        const { done, value } = await next()
        if (done) return
        yield value
      }
    },
  }
}
