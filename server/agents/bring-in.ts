/** What was merged meanwhile, into the clone of an agent that is sent back to work. */
import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent, updateAgent } from '#db/agents.ts'
import type { ExecStream } from '#docker/engine.ts'
import type { BroughtIn } from './agents.ts'
import type { AgentsContext } from './context.ts'
import { withRunningHelper } from './helper.ts'
import type { Pool } from './pool.ts'
import script from './tree/bring-in.sh' with { type: 'text' }

const maxPathBytes = 256 * 1024

/** Idempotent: a clone that has the commit is left as it is. */
export async function bringIn(
  { context, pool }: { context: AgentsContext; pool: Pool },
  agentId: string,
  { commit, bundle }: { commit: string; bundle: Uint8Array },
): Promise<BroughtIn> {
  const row = getAgent(context.db, agentId)
  if (row.baseCommit === null || !row.holdsResources)
    throw new AppError('git.failed', `Agent ${agentId} has no workspace.`)
  const run = (containerId: string) => runIn(context, containerId, { commit, bundle })
  const live = pool.find(agentId)
  const isReachable = live !== undefined && !context.freezer.isFrozen(agentId)
  const ended = isReachable ? await run(live.containerId) : await runInHelper(context, row, run)
  if (ended.code === 0) {
    updateAgent(context.db, agentId, { baseCommit: commit })
    return { kind: 'done' }
  }
  if (ended.code === 10) return { kind: 'left', reason: 'changes', paths: [] }
  if (ended.code === 11) return { kind: 'left', reason: 'conflict', paths: toPaths(ended.stdout) }
  const said = ended.stderr.trim().split('\n').at(-1)?.slice(0, 500)
  throw new AppError(
    'git.failed',
    `What was merged meanwhile could not be brought to the agent: ${said || `exit code ${ended.code}`}.`,
  )
}

const toPaths = (stdout: Uint8Array): string[] =>
  new TextDecoder().decode(stdout).split('\0').filter(Boolean)

type Ended = { code: number; stdout: Uint8Array; stderr: string }

async function runIn(
  { engine }: AgentsContext,
  containerId: string,
  { commit, bundle }: { commit: string; bundle: Uint8Array },
): Promise<Ended> {
  const stream = await engine.execStream(containerId, { cmd: ['sh', '-c', script, 'sh', commit] })
  try {
    const output = read(stream)
    // A script that has ended already says why in its code.
    await stream.write(bundle).catch(() => {})
    stream.end()
    const stdout = await output
    return { code: await stream.exitCode(), stdout, stderr: stream.stderr() }
  } finally {
    stream.close()
  }
}

async function read(stream: ExecStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream.stdout) {
    if (size < maxPathBytes) chunks.push(chunk.slice(0, maxPathBytes - size))
    size += chunk.length
  }
  return Buffer.concat(chunks)
}

async function runInHelper(
  context: AgentsContext,
  { id: agentId, taskId }: AgentRow,
  run: (containerId: string) => Promise<Ended>,
): Promise<Ended> {
  let ended: Ended | undefined
  await withRunningHelper(context, { agentId, taskId }, async (helperId) => {
    ended = await run(helperId)
  })
  if (!ended) throw new AppError('git.failed', 'The volumes of the agent are gone.')
  return ended
}
