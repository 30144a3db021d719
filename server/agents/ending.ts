/** How agents end: their output stored to the last byte, their container gone, their volumes kept or removed. */
import type { Agent } from '#contract/agent.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { adopt } from './adopt.ts'
import type { AgentsContext } from './context.ts'
import type { ContainerEnd } from './follow.ts'
import { closeFrame } from './frames.ts'
import { thawToEnd } from './freezer.ts'
import type { LiveAgent } from './live-agent.ts'
import { refuseUnread } from './messages.ts'
import { withdrawPermissions } from './permissions.ts'
import type { Pool } from './pool.ts'
import { endTurnWithout } from './recording.ts'
import { removeContainer, removeResources } from './removal.ts'
import { changeStatus } from './status.ts'

type Parts = { context: AgentsContext; pool: Pool }
export type EndOptions = { status: Agent['status']; error?: string }

/** How long a CLI may take to answer an interrupt, to end after its stdin was closed, and to end when told to; then it is killed. */
const interruptMs = 2_000
const closeMs = 2_500
const graceMs = 1_000

export async function stop(
  { context, pool }: Parts,
  agentId: string,
  options: EndOptions,
): Promise<void> {
  markStopping(context, agentId)
  await pool.exclusive(agentId, () => end({ context, pool }, agentId, options))
}

export async function discard({ context, pool }: Parts, agentId: string): Promise<void> {
  await pool.exclusive(agentId, async () => {
    const row = getAgent(context.db, agentId)
    const isOver = ['completed', 'failed', 'stopped', 'lost'].includes(row.status)
    if (!isOver || row.containerId !== null || pool.find(agentId))
      await end({ context, pool }, agentId, { status: isOver ? row.status : 'stopped' })
    await pool.withoutVolumes(agentId, async () => {
      await removeResources(context, row)
      updateAgent(context.db, agentId, { holdsResources: false, containerId: null })
    })
  })
}

/** Ends the process and keeps everything else: the next turn gets a new one. The running turn ends as interrupted. */
export async function restart(
  { context, pool }: Parts,
  agentId: string,
  turnId: string,
): Promise<void> {
  const work = async (): Promise<void> => {
    await thawToEnd({ context, pool }, agentId, 'restarted')
    const row = getAgent(context.db, agentId)
    await endContainer({ context, pool }, agentId)
    if (row.phase === 'preparing') return
    if (row.containerId !== null) await removeContainer(context, row.containerId)
    withdrawPermissions(context, agentId, 'The agent was restarted.')
    updateAgent(context.db, agentId, { containerId: null, activity: null })
    endTurnWithout(context, { agentId, turnId, outcome: { kind: 'interrupted' } })
  }
  await pool.exclusive(agentId, work, { goesOn: true })
}

function markStopping({ events }: AgentsContext, agentId: string): void {
  events.transact((tx, record) => {
    const { phase, containerId } = getAgent(tx, agentId)
    // A half-made agent stays recognisable as one: nothing in its volumes is worth keeping.
    if (phase === 'preparing' || containerId === null) return
    changeStatus({ tx, record }, agentId, { phase: 'stopping' })
  })
}

/** The caller keeps everything else away from the agent meanwhile. */
async function end(
  { context, pool }: Parts,
  agentId: string,
  { status, error }: EndOptions,
): Promise<void> {
  const { events, clock, output } = context
  await thawToEnd({ context, pool }, agentId, 'ended')
  const row = getAgent(context.db, agentId)
  const ended = await endContainer({ context, pool }, agentId)
  if (row.phase === 'preparing') await removeResources(context, row)
  else if (row.containerId !== null) await removeContainer(context, row.containerId)
  output.end(agentId)
  refuseUnread(context, agentId)
  withdrawPermissions(context, agentId, 'The agent has ended.')
  events.transact((tx, record) => {
    updateAgent(tx, agentId, {
      containerId: null,
      activity: null,
      ...(row.phase === 'preparing' && { holdsResources: false }),
    })
    changeStatus({ tx, record }, agentId, {
      status,
      phase: null,
      error: error ?? null,
      completedAt: clock.now(),
      ...(ended?.exitCode !== undefined && { exitCode: ended.exitCode }),
    })
  })
}

/** Undefined when there is no container. */
async function endContainer(
  { context, pool }: Parts,
  agentId: string,
): Promise<ContainerEnd | undefined> {
  const row = getAgent(context.db, agentId)
  if (!row.holdsResources || row.phase === 'preparing') {
    pool.find(agentId)?.detach()
    return undefined
  }
  const live = pool.find(agentId) ?? (await adopt(context, row, pool.signal))
  if (!live) return undefined
  await endGently(context, live)
  return await live.ended
}

/** Interrupts a running turn, lets the CLI end by itself, and stops the container when it does not. */
async function endGently(context: AgentsContext, live: LiveAgent): Promise<void> {
  const { engine, retry, clock } = context
  const { phase } = live.recorder.state()
  if (phase === 'running' || phase === 'requires-action')
    await live.control({ subtype: 'interrupt', cancel_queued: true }, interruptMs)
  await live.gate.send([closeFrame]).catch(() => [])
  const timer = new AbortController()
  const hasEnded = await Promise.race([
    live.ended.then(
      () => true,
      () => true,
    ),
    clock.sleep(closeMs, timer.signal).then(
      () => false,
      () => false,
    ),
  ])
  timer.abort()
  if (!hasEnded) await retry(() => engine.stopContainer(live.containerId, graceMs))
}
