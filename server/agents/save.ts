/** Saving an agent's work tree and conversation, at work or at rest, without disturbing it. */
import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import type { AgentsContext } from './context.ts'
import { findThawed } from './freezer.ts'
import { withRunningHelper } from './helper.ts'
import type { Pool } from './pool.ts'
import { runSave, type SavedTree, Unfinished } from './save-run.ts'

export type SaveOptions = {
  /** The agent's last save, which the caller still has. */
  since?: string
  signal?: AbortSignal
}

type Parts = { context: AgentsContext; pool: Pool }

const maxTries = 4
/** What was written to in the last moments is likely to be written to again, above all when that just happened. */
const usualLateSeconds = 3
const longLateSeconds = 60

/**
 * Undefined when the agent has nothing that could be saved. `take` reads the pack to its end; it is called again when the
 * agent's container ended on the way. The volumes stay until it is done; the agent may begin, stop and end meanwhile.
 */
export async function save<T>(
  { context, pool }: Parts,
  agentId: string,
  options: SaveOptions,
  take: (saved: SavedTree) => Promise<T>,
): Promise<T | undefined> {
  return await pool.withVolumes(agentId, async () => {
    const row = getAgent(context.db, agentId)
    if (!row.holdsResources || row.phase === 'preparing') return undefined
    const secrets = await secretsOf(context, row.taskId)
    return await saveSomewhere({ context, pool }, row, options, (containerId, lateSeconds) =>
      runSave(context.engine, containerId, { ...options, row, secrets, lateSeconds, take }),
    )
  })
}

/** In the agent's own container, else in helpers: when that ends, or has no room for one more program, the volumes are all that is needed. */
async function saveSomewhere<T>(
  { context, pool }: Parts,
  row: AgentRow,
  options: SaveOptions,
  run: (containerId: string, lateSeconds: number) => Promise<T>,
): Promise<T | undefined> {
  let isInPlace = true
  let lateSeconds = usualLateSeconds
  for (let tries = 1; ; tries += 1) {
    const live = isInPlace ? findThawed({ context, pool }, row.id) : undefined
    const save = (containerId: string): Promise<T> => run(containerId, lateSeconds)
    const { isDone, result, why } = await unlessUnfinished(
      () => (live ? save(live.containerId) : runInHelper(context, row, save)),
      options,
    )
    if (isDone) return result
    if (tries === maxTries) throw why.toAppError()
    if (why.hasMoved) lateSeconds = longLateSeconds
    else isInPlace = false
  }
}

/** A failure of `work` that another container may not have is returned. */
async function unlessUnfinished<T>(
  work: () => Promise<T>,
  { signal }: SaveOptions,
): Promise<
  { isDone: true; result: T; why?: never } | { isDone: false; result?: never; why: Unfinished }
> {
  try {
    return { isDone: true, result: await work() }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof Unfinished)) throw error
    return { isDone: false, why: error }
  }
}

/** Undefined when there are no volumes. */
async function runInHelper<T>(
  context: AgentsContext,
  { id: agentId, taskId }: AgentRow,
  run: (containerId: string) => Promise<T>,
): Promise<T | undefined> {
  let taken: T | undefined
  await withRunningHelper(context, { agentId, taskId }, async (helperId) => {
    taken = await run(helperId)
  })
  return taken
}

/** What must never be in a checkpoint, one a line. */
async function secretsOf(
  { credentials, environmentOf }: AgentsContext,
  taskId: string,
): Promise<string> {
  try {
    const { secrets } = environmentOf(taskId)
    return [...Object.values(await credentials()), ...secrets.flatMap((each) => each.split('\n'))]
      .filter((secret) => secret !== '')
      .map((secret) => `${secret}\n`)
      .join('')
  } catch (error) {
    // No usable login: then none was given to an agent by this start either.
    if (error instanceof AppError && error.code === 'credentials.missing') return ''
    throw error
  }
}
