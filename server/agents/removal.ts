/** Removing what an agent has on the engine, also when somebody else is removing it at the same moment. */
import type { AgentRow } from '#db/agents.ts'
import { isRefusal } from '#docker/failures.ts'
import { ownerLabels } from './container.ts'
import type { AgentsContext } from './context.ts'

const pauseMs = 100
const maxPauses = 100

/** Resolves when the container is gone. */
export async function removeContainer(
  context: AgentsContext,
  containerId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { engine, retry } = context
  await unlessBusy(context, () => retry(() => engine.removeContainer(containerId), signal), signal)
}

/**
 * Removes containers and volumes whether or not they exist; the row is left alone. A helper that is made at this very moment brings
 * a volume back that was just removed (the engine makes what a container mounts), so it is looked again until there is nothing.
 */
export async function removeResources(
  context: AgentsContext,
  row: Pick<AgentRow, 'id'>,
  signal?: AbortSignal,
): Promise<void> {
  const { engine, retry, settings, clock } = context
  const labels = ownerLabels(settings.instanceId, row.id)
  for (let pauses = 0; ; pauses += 1) {
    const containers = await retry(() => engine.listContainers(labels), signal)
    for (const { id } of containers) await removeContainer(context, id, signal)
    const volumes = await retry(() => engine.listVolumes(labels), signal)
    if (containers.length + volumes.length === 0) return
    for (const { name } of volumes) {
      try {
        await retry(() => engine.removeVolume(name), signal)
      } catch (error) {
        if (pauses >= maxPauses || !isRefusal(error, 'conflict', 'in-use')) throw error
        await clock.sleep(pauseMs, signal)
      }
    }
  }
}

/** A container that is being removed refuses for a moment. */
async function unlessBusy(
  { clock }: AgentsContext,
  remove: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  for (let pauses = 0; ; pauses += 1) {
    try {
      await remove()
      return
    } catch (error) {
      if (pauses >= maxPauses || !isRefusal(error, 'conflict', 'in-use')) throw error
      await clock.sleep(pauseMs, signal)
    }
  }
}
