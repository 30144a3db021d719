import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import type { ExecResult } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { readTarFile } from '#docker/tar.ts'
import { collectPath, stateDir } from './container.ts'
import type { AgentsContext } from './context.ts'
import { isAlive } from './follow.ts'
import { readTextEnd, withHelper } from './helper.ts'
import type { LiveAgent } from './live-agent.ts'
import type { Pool } from './pool.ts'

/** The script's own exit codes; anything above is the engine's or a signal's. */
const lastOwnCode = 5
const maxBundleBytes = 512 * 1024 * 1024

/** Commits what is left in an agent's clone and returns what is new in it. Throws `git.failed` with git's reason. */
export async function collect(
  { context, pool }: { context: AgentsContext; pool: Pool },
  agentId: string,
  { message }: { message?: string } = {},
): Promise<{ bundle: Uint8Array }> {
  const row = getAgent(context.db, agentId)
  if (row.baseCommit === null || !row.holdsResources)
    throw new AppError('git.failed', `Agent ${agentId} has no workspace to collect from.`)
  const cmd = ['sh', collectPath, message ?? toMessage(row), row.baseCommit]
  const result =
    (await context.retry(() => runInPlace(context, pool.find(agentId), cmd))) ??
    (await context.retry(() => runInHelper(context, row, cmd)))
  if (result.exitCode === 0) return { bundle: result.stdout }
  const reason = result.stderr.trim().slice(-500) || `exit code ${result.exitCode}`
  throw new AppError('git.failed', `The work of the agent could not be collected: ${reason}`)
}

/** The message of the commit that holds what the agent left uncommitted. */
function toMessage({ role, subtaskId }: AgentRow): string {
  return subtaskId === null ? `Work of the ${role}` : `${subtaskId}: work of the ${role}`
}

/** Undefined when the agent's own container does not run, or ended meanwhile. */
async function runInPlace(
  { engine }: AgentsContext,
  live: LiveAgent | undefined,
  cmd: string[],
): Promise<ExecResult | undefined> {
  if (!live) return undefined
  try {
    const result = await engine.exec(live.containerId, { cmd, maxBytes: maxBundleBytes })
    if (result.exitCode <= lastOwnCode) return result
  } catch (error) {
    if (!isRefusal(error, 'not-running', 'not-found')) throw error
  }
  const state = await engine.inspectContainer(live.containerId)
  if (state && isAlive(state))
    throw new AppError(
      'git.failed',
      'The work of the agent could not be collected: its container is too busy or full.',
    )
  return undefined
}

/** Output goes by way of the volume: what is read from it is complete or fails. */
async function runInHelper(
  context: AgentsContext,
  row: AgentRow,
  cmd: string[],
): Promise<ExecResult> {
  const { engine } = context
  const files = { out: `${stateDir}/collect.out`, err: `${stateDir}/collect.err` }
  const script = `"$@" > ${files.out} 2> ${files.err}`
  const ids = { agentId: row.id, taskId: row.taskId }
  let result: ExecResult | undefined
  await withHelper(
    context,
    ids,
    async (helperId) => {
      await engine.startContainer(helperId)
      const exitCode = await engine.waitContainer(helperId)
      const stderr = await readTextEnd(context, helperId, files.err)
      const chunks: Uint8Array[] = []
      for await (const chunk of readTarFile(await engine.getArchive(helperId, files.out)))
        chunks.push(chunk.slice())
      result = { exitCode, stderr, stdout: Buffer.concat(chunks) }
    },
    ['sh', '-c', script, 'sh', ...cmd],
  )
  if (!result) throw new AppError('git.failed', 'The volumes of the agent are gone.')
  return result
}
