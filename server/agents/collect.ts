import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import { collectPath } from './container.ts'
import type { AgentsContext } from './context.ts'
import type { Pool } from './pool.ts'
import { runScript } from './run-script.ts'

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
  const result = await runScript({ context, pool }, row, {
    name: 'collect',
    cmd,
    maxBytes: maxBundleBytes,
    isAnswer: (code) => code <= lastOwnCode,
  })
  if (result === 'busy')
    throw new AppError(
      'git.failed',
      'The work of the agent could not be collected: its container is too busy or full.',
    )
  if (result.exitCode === 0) return { bundle: result.stdout }
  const reason = result.stderr.trim().slice(-500) || `exit code ${result.exitCode}`
  throw new AppError('git.failed', `The work of the agent could not be collected: ${reason}`)
}

/** The message of the commit that holds what the agent left uncommitted. */
function toMessage({ role, subtaskId }: AgentRow): string {
  return subtaskId === null ? `Work of the ${role}` : `${subtaskId}: work of the ${role}`
}
