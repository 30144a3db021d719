/** After a start: the engine's containers and volumes against our rows. */
import { toMessage } from '#contract/errors.ts'
import { findAgent, getAgent, listAgents } from '#db/agents.ts'
import { adopt } from './adopt.ts'
import type { Reconciled } from './agents.ts'
import { instanceLabels } from './container.ts'
import type { AgentsContext } from './context.ts'
import { settle } from './freezer.ts'
import { withdrawPermissions } from './permissions.ts'
import type { Pool } from './pool.ts'
import { removeContainer } from './removal.ts'
import { isAway } from './retry.ts'

export async function reconcile({
  context,
  pool,
}: {
  context: AgentsContext
  pool: Pool
}): Promise<Reconciled> {
  const { engine, db, retry, settings, log } = context
  const labels = instanceLabels(settings.instanceId)
  const containers = await retry(() => engine.listContainers(labels), pool.signal)
  // Rows are read after the list: what this server began meanwhile was in its row before it was on the engine.
  const owners = new Map(listAgents(db, { holdsResources: true }).map((row) => [row.id, row]))
  const result: Reconciled = { adopted: [], ended: [], removed: [], left: [] }
  // One thing that cannot be had must not keep everything else waiting.
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (pool.signal.aborted || isAway(error)) throw error
      log.warn('not recovered', { what, error: toMessage(error) })
      result.left.push({ what, reason: toMessage(error) })
    }
  }

  for (const { id, name, labels: own } of containers) {
    const row = owners.get(own['klaudio.agent'] ?? '')
    const isCurrent = own['klaudio.role'] === 'agent' && own['klaudio.run'] === String(row?.run)
    if (row && isCurrent) continue
    await attempt(`container ${name}`, async () => {
      await removeContainer(context, id, pool.signal)
      result.removed.push(name)
    })
  }
  const isNamed = new Set(containers.map((container) => container.labels['klaudio.agent']))
  await Promise.all(
    [...owners.values()].map(async (row) => {
      // Half made: the next `prepare` or `run` throws it away and begins again.
      if (row.phase === 'preparing') return
      if (!isNamed.has(row.id)) return withdrawPermissions(context, row.id, endedMeanwhile)
      await attempt(`agent ${row.id}`, async () => {
        result[await takeUp({ context, pool }, row.id)].push(row.id)
      })
    }),
  )
  const volumes = await retry(() => engine.listVolumes(labels), pool.signal)
  for (const { name, labels: own } of volumes) {
    if (findAgent(db, own['klaudio.agent'] ?? '')?.holdsResources) continue
    await attempt(`volume ${name}`, async () => {
      await retry(() => engine.removeVolume(name), pool.signal)
      result.removed.push(name)
    })
  }
  return result
}

const endedMeanwhile =
  'The container of the agent ended before an answer reached it, while Klaudio did not run.'

async function takeUp(
  { context, pool }: { context: AgentsContext; pool: Pool },
  agentId: string,
): Promise<'adopted' | 'ended'> {
  // Somebody who asked for the agent before may be starting it at this moment: that goes on undisturbed.
  return await pool.inTurn(agentId, async () => {
    if (pool.find(agentId)) return 'adopted'
    // It is taken over when it is let go: a paused container can be reached by nobody.
    if (await isOnIce(context, agentId)) return 'adopted'
    const live = await adopt(context, getAgent(context.db, agentId), pool.signal)
    if (live) pool.add(live)
    if (live && context.freezer.isFrozen(agentId)) await settle({ context, pool }, agentId)
    if (live) context.log.info('agent adopted', { agent: agentId, task: live.taskId })
    else withdrawPermissions(context, agentId, endedMeanwhile)
    return live ? 'adopted' : 'ended'
  })
}

/** A frozen agent whose container is paused, as it should be. */
async function isOnIce({ engine, db, retry }: AgentsContext, agentId: string): Promise<boolean> {
  const { frozenAt, containerId } = getAgent(db, agentId)
  if (frozenAt === null || containerId === null) return false
  return (await retry(() => engine.inspectContainer(containerId)))?.status === 'paused'
}
