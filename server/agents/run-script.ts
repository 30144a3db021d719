/** One of the image's scripts, run on an agent's volumes: in its container while that runs, else in a helper. */
import { AppError } from '#contract/errors.ts'
import type { AgentRow } from '#db/agents.ts'
import type { ExecResult } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { readTarFile } from '#docker/tar.ts'
import { stateDir } from './container.ts'
import type { AgentsContext } from './context.ts'
import { isAlive } from './follow.ts'
import { readTextEnd, withHelper } from './helper.ts'
import type { LiveAgent } from './live-agent.ts'
import type { Pool } from './pool.ts'

export type ScriptOptions = {
  /** Of the files through which a helper answers. Two scripts of one name never run on an agent at the same time. */
  name: string
  cmd: string[]
  /** Of standard output; more is `engine.failed` with `details.reason = 'too-much-output'`. */
  maxBytes: number
  /** Whether a code is the script's own; any other is the engine's or a signal's. */
  isAnswer: (exitCode: number) => boolean
  signal?: AbortSignal
}

export type ScriptResult = ExecResult & { isLive: boolean }

/** `busy`: the container runs, and could not run the script too. */
export async function runScript(
  { context, pool }: { context: AgentsContext; pool: Pool },
  row: AgentRow,
  options: ScriptOptions,
): Promise<ScriptResult | 'busy'> {
  const { retry } = context
  const { signal } = options
  return (
    (await retry(() => runInPlace(context, pool.find(row.id), options), signal)) ??
    (await retry(() => runInHelper(context, row, options), signal))
  )
}

/** Undefined when the agent's own container does not run, is frozen, or ended meanwhile. */
async function runInPlace(
  { engine, freezer }: AgentsContext,
  live: LiveAgent | undefined,
  { cmd, maxBytes, isAnswer, signal }: ScriptOptions,
): Promise<ScriptResult | 'busy' | undefined> {
  if (!live || freezer.isFrozen(live.agentId)) return undefined
  try {
    const spec = { cmd, maxBytes, ...(signal && { signal }) }
    const result = await engine.exec(live.containerId, spec)
    if (isAnswer(result.exitCode)) return { ...result, isLive: true }
  } catch (error) {
    if (!isRefusal(error, 'not-running', 'not-found')) throw error
  }
  const state = await engine.inspectContainer(live.containerId)
  return state && isAlive(state) && state.status !== 'paused' ? 'busy' : undefined
}

/** Output goes by way of the volume: what is read from it is complete or fails. */
async function runInHelper(
  context: AgentsContext,
  row: AgentRow,
  { name, cmd, maxBytes, signal }: ScriptOptions,
): Promise<ScriptResult> {
  const { engine } = context
  const files = { out: `${stateDir}/${name}.out`, err: `${stateDir}/${name}.err` }
  // What lies there may be anything, such as a pipe that nobody reads.
  const script = `rm -rf ${files.out} ${files.err}; "$@" > ${files.out} 2> ${files.err}`
  const ids = { agentId: row.id, taskId: row.taskId }
  let result: ScriptResult | undefined
  await withHelper(
    context,
    ids,
    async (helperId) => {
      await engine.startContainer(helperId)
      const exitCode = await engine.waitContainer(helperId, signal ? { signal } : {})
      const stderr = await readTextEnd(context, helperId, files.err)
      const stdout = await readAll(await engine.getArchive(helperId, files.out), maxBytes)
      result = { exitCode, stderr, stdout, isLive: false }
    },
    ['sh', '-c', script, 'sh', ...cmd],
  )
  if (!result) throw new AppError('git.failed', 'The volumes of the agent are gone.')
  return result
}

async function readAll(archive: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of readTarFile(archive)) {
    size += chunk.length
    if (size > maxBytes)
      throw new AppError('engine.failed', `The container printed more than ${maxBytes} bytes`, {
        details: { reason: 'too-much-output' },
      })
    chunks.push(chunk.slice())
  }
  return Buffer.concat(chunks)
}
