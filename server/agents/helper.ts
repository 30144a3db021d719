/** Short-lived containers on an agent's volumes, for what has to be done before the real one runs or after it is gone. */
import { AppError } from '#contract/errors.ts'
import { findAgent } from '#db/agents.ts'
import { readTarFile } from '#docker/tar.ts'
import { newId } from '#lib/ids.ts'
import { type AgentIds, helperContainer, ownerLabels } from './container.ts'
import type { AgentsContext } from './context.ts'
import { removeContainer, removeResources } from './removal.ts'

/** Runs `use` with a container that was created and not started. Without volumes there is nothing to reach: does nothing. */
export async function withHelper(
  context: AgentsContext,
  ids: AgentIds,
  use: (helperId: string) => Promise<void>,
  cmd: string[] = ['true'],
): Promise<void> {
  const { engine, settings } = context
  const volumes = await engine.listVolumes(ownerLabels(settings.instanceId, ids.agentId))
  if (volumes.length === 0) return
  const image = await context.image()
  const spec = helperContainer(settings, { ...ids, id: newId(), image, cmd })
  const helperId = await engine.createContainer(spec)
  try {
    await use(helperId)
  } finally {
    await removeContainer(context, helperId)
    // The agent was discarded meanwhile, and the engine made its volumes anew for the helper.
    if (!findAgent(context.db, ids.agentId)?.holdsResources)
      await removeResources(context, { id: ids.agentId })
  }
}

/** The same with one that runs until `use` is done. It outlives that only when the server does not; the next start removes it. */
export async function withRunningHelper(
  context: AgentsContext,
  ids: AgentIds,
  use: (helperId: string) => Promise<void>,
): Promise<void> {
  const work = async (helperId: string): Promise<void> => {
    await context.engine.startContainer(helperId)
    await use(helperId)
  }
  await withHelper(context, ids, work, ['sleep', '86400'])
}

const longestText = 4096

/** The end of a text file in a container that need not run; empty when it is not there. */
export async function readTextEnd(
  { engine }: Pick<AgentsContext, 'engine'>,
  containerId: string,
  path: string,
): Promise<string> {
  let end = Buffer.alloc(0)
  try {
    for await (const chunk of readTarFile(await engine.getArchive(containerId, path)))
      end = Buffer.concat([end, chunk]).subarray(-longestText)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'file.not-found')) throw error
  }
  return end.toString('utf8')
}
