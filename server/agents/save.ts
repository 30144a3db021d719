/**
 * Saving an agent's work tree and conversation, and laying them into fresh volumes. The scripts travel with the call, so they
 * also run in a container that was made from an older image.
 */
import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent, updateAgent } from '#db/agents.ts'
import type { ExecStream } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import type { AgentSpec } from './agents.ts'
import { agentLabels, instanceLabels, volumeNames } from './container.ts'
import type { AgentsContext } from './context.ts'
import { isAlive } from './follow.ts'
import { withHelper } from './helper.ts'
import type { Pool } from './pool.ts'
import { removeResources } from './removal.ts'
import restoreScript from './tree/restore-tree.pl' with { type: 'text' }
import saveScript from './tree/save-tree.pl' with { type: 'text' }
import { fillReadOnly } from './workspace.ts'

/** What is in an agent's volumes now, as a commit. `pack` holds what was not in `since`; absent when that is nothing. */
export type SavedTree = {
  commit: string
  files: number
  /** Paths that are no files, or hold a login of this installation. */
  leftOut: number
  pack?: AsyncIterable<Uint8Array>
}

export type SaveOptions = {
  /** The agent's last save, which the caller still has. */
  since?: string
  signal?: AbortSignal
}

export type TreeToRestore = {
  commit: string
  /** HEAD of the clone, a parent of the commit; null for an agent without a clone. */
  head: string | null
  branch: string | null
  packs: { clone: () => AsyncIterable<Uint8Array>; saved: () => AsyncIterable<Uint8Array> }
  /** Of an agent without a clone: what it has instead. */
  readOnly?: { archive: () => AsyncIterable<Uint8Array>; files: AgentSpec['files'] }
}

type Parts = { context: AgentsContext; pool: Pool }

/** Undefined when the agent has nothing that could be saved. `take` reads the pack to its end. */
export async function save<T>(
  { context, pool }: Parts,
  agentId: string,
  { since, signal }: SaveOptions,
  take: (saved: SavedTree) => Promise<T>,
): Promise<T | undefined> {
  const row = getAgent(context.db, agentId)
  if (!row.holdsResources || row.phase === 'preparing') return undefined
  const secrets = await secretsOf(context)
  const cmd = ['perl', '-e', saveScript, whatToSave(row), since ?? '-', baseOf(row)]
  const run = (containerId: string): Promise<T> =>
    runSave(context, containerId, { cmd, secrets, take, ...(signal ? { signal } : {}) })
  const live = pool.find(agentId)
  if (live) {
    try {
      return await run(live.containerId)
    } catch (error) {
      const state = await context.engine.inspectContainer(live.containerId)
      if (state && isAlive(state)) throw error
    }
  }
  let taken: T | undefined
  await inHelper(context, { agentId, taskId: row.taskId }, async (containerId) => {
    taken = await run(containerId)
  })
  return taken
}

const whatToSave = ({ kind }: AgentRow): string => (kind === 'planner' ? 'conversation' : 'tree')

/** What the save need not hold. A planner has files without a clone, so it has no commit. */
const baseOf = ({ kind, baseCommit }: AgentRow): string =>
  kind === 'planner' ? '-' : (baseCommit ?? '-')

/** Fresh volumes for an agent whose row says `preparing`; begins anew when asked again. */
export async function restore(
  { context }: Pick<Parts, 'context'>,
  agentId: string,
  tree: TreeToRestore,
  signal?: AbortSignal,
): Promise<void> {
  const { engine, settings, retry } = context
  const row = getAgent(context.db, agentId)
  const ids = { agentId, taskId: row.taskId }
  await removeResources(context, row, signal)
  const labels = agentLabels(settings.instanceId, ids)
  const { workspace, state } = volumeNames(settings.instanceId, agentId)
  for (const name of [workspace, state])
    await retry(() => engine.createVolume(name, labels), signal)
  const ours = instanceLabels(settings.instanceId)
  await retry(() => engine.ensureNetwork(settings.network, ours), signal)
  const head = tree.head ?? '-'
  await inHelper(context, ids, async (containerId) => {
    const script = (...args: string[]): string[] => ['perl', '-e', restoreScript, ...args]
    if (tree.head !== null)
      await feed(context, containerId, script('unpack', 'clone'), tree.packs.clone())
    await feed(context, containerId, script('unpack', 'private'), tree.packs.saved())
    const lay = script('lay', tree.commit, head, tree.branch ?? '-', row.baseCommit ?? '-')
    await feed(context, containerId, lay, [])
  })
  const { readOnly } = tree
  if (readOnly) await fillReadOnly(context, { ...ids, files: readOnly.files }, readOnly.archive())
  updateAgent(context.db, agentId, { phase: null })
}

/** The helper outlives its use only when the server does not; the next start removes it. */
async function inHelper(
  context: AgentsContext,
  ids: { agentId: string; taskId: string },
  use: (containerId: string) => Promise<void>,
): Promise<void> {
  const work = async (containerId: string): Promise<void> => {
    await context.engine.startContainer(containerId)
    await use(containerId)
  }
  await withHelper(context, ids, work, ['sleep', '86400'])
}

async function runSave<T>(
  { engine }: AgentsContext,
  containerId: string,
  {
    cmd,
    secrets,
    take,
    signal,
  }: {
    cmd: string[]
    secrets: string
    take: (saved: SavedTree) => Promise<T>
    signal?: AbortSignal
  },
): Promise<T> {
  signal?.throwIfAborted()
  const stream = await engine.execStream(containerId, { cmd })
  signal?.addEventListener('abort', stream.close, { once: true })
  try {
    if (secrets) await stream.write(new TextEncoder().encode(secrets))
    stream.end()
    const reader = createReader(stream.stdout)
    const [commit = '', , files, leftOut] = (await reader.line()).split(' ')
    const kind = await reader.line()
    if (kind !== 'same' && kind !== 'pack') throw await failure(stream, 'saved')
    const saved = { commit, files: Number(files), leftOut: Number(leftOut) }
    const taken = await takeOrExplain(stream, () =>
      take(kind === 'pack' ? { ...saved, pack: reader.rest() } : saved),
    )
    if ((await stream.exitCode()) !== 0) throw await failure(stream, 'saved')
    return taken
  } finally {
    signal?.removeEventListener('abort', stream.close)
    stream.close()
  }
}

/** A pack that ends early is noticed by whoever reads it; why it did is what counts. */
async function takeOrExplain<T>(stream: ExecStream, take: () => Promise<T>): Promise<T> {
  try {
    return await take()
  } catch (error) {
    if (stream.stderr().trim()) throw await failure(stream, 'saved', error)
    throw error
  }
}

async function feed(
  { engine }: AgentsContext,
  containerId: string,
  cmd: string[],
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const stream = await engine.execStream(containerId, { cmd })
  try {
    const output = drain(stream.stdout)
    try {
      for await (const chunk of input) await stream.write(chunk)
    } catch (error) {
      // A script that ended early says why below.
      if (!isRefusal(error, 'not-running') && !stream.stderr().trim()) throw error
    }
    stream.end()
    await output
    if ((await stream.exitCode()) !== 0) throw await failure(stream, 'restored')
  } finally {
    stream.close()
  }
}

async function drain(stdout: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stdout);
}

async function failure(
  stream: ExecStream,
  what: 'saved' | 'restored',
  cause?: unknown,
): Promise<AppError> {
  const reason = stream.stderr().trim().split('\n').at(-1)?.slice(0, 500)
  const sentence = `The agent's files could not be ${what}: ${reason || 'the script ended without a word'}.`
  return new AppError('git.failed', sentence, { cause })
}

/** What must never be in a checkpoint, one a line. */
async function secretsOf({ credentials }: AgentsContext): Promise<string> {
  try {
    return Object.values(await credentials())
      .map((secret) => `${secret}\n`)
      .join('')
  } catch (error) {
    // No usable login: then none was given to an agent by this start either.
    if (error instanceof AppError && error.code === 'credentials.missing') return ''
    throw error
  }
}

/** Lines first, then the rest as it comes. */
function createReader(source: AsyncIterable<Uint8Array>): {
  line(): Promise<string>
  rest(): AsyncIterable<Uint8Array>
} {
  const iterator = source[Symbol.asyncIterator]()
  let held: Uint8Array = new Uint8Array()
  return {
    async line() {
      for (;;) {
        const end = held.indexOf(10)
        if (end >= 0) {
          const text = new TextDecoder().decode(held.subarray(0, end))
          held = held.subarray(end + 1)
          return text
        }
        const next = await iterator.next()
        if (next.done) return ''
        held = Buffer.concat([held, next.value])
      }
    },
    async *rest() {
      if (held.length > 0) yield held
      for (;;) {
        const next = await iterator.next()
        if (next.done) return
        yield next.value
      }
    },
  }
}
