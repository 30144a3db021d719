/** After a start: the engine's containers and volumes against our rows. */
import { toMessage } from '#contract/errors.ts'
import { type AgentRow, listAgents } from '#db/agents.ts'
import { isRefusal } from '#docker/failures.ts'
import { adopt } from './adopt.ts'
import { instanceLabels } from './container.ts'
import type { AgentsContext } from './context.ts'
import { withdrawPermissions } from './permissions.ts'
import type { Pool } from './pool.ts'
import { removeContainer } from './removal.ts'

export type Reconciled = { adopted: string[]; ended: string[]; removed: string[] }

export async function reconcile({
  context,
  pool,
}: {
  context: AgentsContext
  pool: Pool
}): Promise<Reconciled> {
  const { engine, db, retry, settings } = context
  const labels = instanceLabels(settings.instanceId)
  const owners = new Map(listAgents(db, { holdsResources: true }).map((row) => [row.id, row]))
  const containers = await retry(() => engine.listContainers(labels), pool.signal)
  const result: Reconciled = { adopted: [], ended: [], removed: [] }

  for (const { id, name, labels: own } of containers) {
    const row = owners.get(own['klaudio.agent'] ?? '')
    const isCurrent = own['klaudio.role'] === 'agent' && own['klaudio.run'] === String(row?.run)
    if (row && isCurrent) continue
    await removeContainer(context, id, pool.signal)
    result.removed.push(name)
  }
  const isNamed = new Set(containers.map((container) => container.labels['klaudio.agent']))
  await Promise.all(
    [...owners.values()].map(async (row) => {
      // Half made: the next `prepare` or `run` throws it away and begins again.
      if (row.phase === 'preparing') return
      if (!isNamed.has(row.id)) return withdrawPermissions(context, row.id, endedMeanwhile)
      result[await takeUp({ context, pool }, row)].push(row.id)
    }),
  )
  result.removed.push(...(await removeStrayVolumes({ context, pool }, owners)))
  return result
}

const endedMeanwhile =
  'The container of the agent ended before an answer reached it, while Klaudio did not run.'

async function takeUp(
  { context, pool }: { context: AgentsContext; pool: Pool },
  row: AgentRow,
): Promise<'adopted' | 'ended'> {
  if (pool.find(row.id)) return 'adopted'
  return await pool.exclusive(row.id, async () => {
    const live = await adopt(context, row, pool.signal)
    if (live) pool.add(live)
    else withdrawPermissions(context, row.id, endedMeanwhile)
    return live ? 'adopted' : 'ended'
  })
}

/** Volumes whose agent does not exist any more, or gave them back. */
async function removeStrayVolumes(
  { context, pool }: { context: AgentsContext; pool: Pool },
  owners: ReadonlyMap<string, AgentRow>,
): Promise<string[]> {
  const { engine, retry, settings, log } = context
  const volumes = await retry(
    () => engine.listVolumes(instanceLabels(settings.instanceId)),
    pool.signal,
  )
  const removed: string[] = []
  for (const { name, labels } of volumes) {
    if (owners.has(labels['klaudio.agent'] ?? '')) continue
    try {
      await retry(() => engine.removeVolume(name), pool.signal)
      removed.push(name)
    } catch (error) {
      // Somebody outside uses it; the next start tries again.
      if (!isRefusal(error, 'in-use')) throw error
      log.warn('volume not removed', { volume: name, error: toMessage(error) })
    }
  }
  return removed
}
