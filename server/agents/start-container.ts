/** A container of an agent, made and started, and the connection to its gate. */
import { AppError } from '#contract/errors.ts'
import { type AgentRow, updateAgent } from '#db/agents.ts'
import { isRefusal } from '#docker/failures.ts'
import { newId } from '#lib/ids.ts'
import type { AgentSpec } from './agents.ts'
import { toControlRequest } from './claude/frames.ts'
import { agentContainer } from './container.ts'
import type { AgentsContext } from './context.ts'
import { inputFrame } from './frames.ts'
import { type GateClient, GateClosed, type GateOptions, openNewGate } from './gate-client.ts'
import { hasTools } from './tools.ts'

export type MadeContainer = { containerId: string; gate: GateClient; starting: Promise<void> }

/** Rejects before anything runs; `starting` tells of the rest. */
export async function startGate(
  context: AgentsContext,
  spec: AgentSpec,
  { row, image, signal }: { row: AgentRow; image: string; signal: AbortSignal },
): Promise<MadeContainer> {
  const { engine, retry, settings } = context
  const isReadOnly = spec.workspace.kind === 'read-only'
  const container = agentContainer(settings, { ...spec, run: row.run, image, isReadOnly })
  const containerId = await retry(async () => {
    try {
      return await engine.createContainer(container)
    } catch (error) {
      // An answer that got lost: the name is this run's alone.
      const made = isRefusal(error, 'name-taken')
        ? await engine.inspectContainer(container.name)
        : undefined
      if (made?.labels['klaudio.agent'] !== spec.agentId) throw error
      return made.id
    }
  }, signal)
  const gate = await retry(() => openNewGate(gateOptions(context, containerId)), signal)
  // What is sent before the gate runs waits for it in the engine.
  const starting = retry(() => engine.startContainer(containerId), signal)
  starting.catch(() => gate.close())
  recordContainer(context, row, containerId)
  return { containerId, gate, starting }
}

/** The answer shows that the CLI is up; nobody waits for it on the way to a turn. */
export function initialize(context: AgentsContext, agentId: string, gate: GateClient): void {
  const { host } = context.tools
  const request = toControlRequest(newId(), {
    subtype: 'initialize',
    ...(host && hasTools(context, agentId) && { sdkMcpServers: [host.name] }),
  })
  void gate.send([inputFrame(request)]).catch(() => {})
}

/** Lets go of the gate when `work` fails, and says what an ended container means. */
export async function closingOnFailure<T>(gate: GateClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    gate.close()
    if (!(error instanceof GateClosed)) throw error
    throw new AppError('engine.failed', 'The container of the agent ended while it started.', {
      cause: error,
    })
  }
}

export function gateOptions(context: AgentsContext, containerId: string): GateOptions {
  const { engine, retry, log, clock } = context
  return {
    engine,
    retry,
    clock,
    containerId,
    onNotice: (line) =>
      log.warn(line.type === 'low-disk' ? 'agent frozen: its disk is full' : 'agent thawed', {
        container: containerId,
      }),
  }
}

export function recordContainer(
  { events }: AgentsContext,
  row: AgentRow,
  containerId: string,
): void {
  events.transact((tx, record) => {
    const { status, phase } = updateAgent(tx, row.id, { containerId }) ?? row
    record({
      taskId: row.taskId,
      type: 'agent.status',
      agentId: row.id,
      ...(row.subtaskId !== null && { subtaskId: row.subtaskId }),
      data: { status, phase, container_id: containerId, run: row.run },
    })
  })
}
