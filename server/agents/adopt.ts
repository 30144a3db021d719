import type { AgentRow } from '#db/agents.ts'
import { containerName } from './container.ts'
import type { AgentsContext } from './context.ts'
import { isAlive, isGoing } from './follow.ts'
import { type GateClient, GateClosed, reopenGate } from './gate-client.ts'
import { createLiveAgent, type LiveAgent } from './live-agent.ts'
import { createRecorder } from './recorder.ts'
import { removeContainer } from './removal.ts'
import { gateOptions, initialize } from './start-container.ts'

/** Takes over a container that still runs. Undefined, with all its output stored, when there is none to go on with. */
export async function adopt(
  context: AgentsContext,
  row: AgentRow,
  signal: AbortSignal,
): Promise<LiveAgent | undefined> {
  const { engine, retry, settings } = context
  const name = row.containerId ?? containerName(settings.instanceId, row.id, row.run)
  const state = await retry(() => engine.inspectContainer(name), signal)
  if (state?.labels['klaudio.agent'] !== row.id || isGoing(state)) return undefined
  const recorder = createRecorder({ ...context, agentId: row.id })
  await recorder.catchUp()
  const known = {
    agentId: row.id,
    taskId: row.taskId,
    containerId: state.id,
    recorder,
    isAdopted: true,
  }
  if (isAlive(state)) {
    if (state.status === 'paused') await retry(() => engine.unpauseContainer(state.id), signal)
    const gate = await openGateOf(context, state.id)
    if (gate?.wasRunning && recorder.state().phase === 'starting') initialize(context, row.id, gate)
    if (gate?.wasRunning) return createLiveAgent(context, { ...known, gate })
    // Its CLI was never started: the same can be made again on the same volumes.
    gate?.close()
  } else {
    await createLiveAgent(context, { ...known, gate: closedGate }).ended
  }
  await removeContainer(context, state.id, signal)
  return undefined
}

async function openGateOf(
  context: AgentsContext,
  containerId: string,
): Promise<GateClient | undefined> {
  try {
    return await reopenGate(gateOptions(context, containerId))
  } catch (error) {
    if (error instanceof GateClosed) return undefined
    throw error
  }
}

const closedGate: GateClient = {
  send: () => Promise.reject(new Error('the container does not run any more')),
  wasRunning: false,
  closed: Promise.resolve(),
  close: () => {},
}
