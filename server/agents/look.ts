/** What an agent has made so far, seen from outside while it works. */
import { AppError } from '#contract/errors.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import { isRefusal } from '#docker/failures.ts'
import type { Agents, Look } from './agents.ts'
import { lookPath } from './container.ts'
import type { AgentsContext } from './context.ts'
import type { Pool } from './pool.ts'
import { runScript, type ScriptResult } from './run-script.ts'

const maxFileBytes = 4 * 1024 * 1024
const maxBytes = 32 * 1024 * 1024
const maxBundleBytes = 48 * 1024 * 1024
/** The script's own; the container's `timeout` ends it then. */
const scriptSeconds = 30
/** For a container that does not answer at all, and for making a helper. */
const allMs = 60_000

/** `timeout` of coreutils: it had to end the script, or to kill it. */
const isLate = (code: number): boolean => code === 124 || code === 137
const lastOwnCode = 6

export async function look(
  parts: { context: AgentsContext; pool: Pool },
  agentId: string,
): ReturnType<Agents['look']> {
  const row = getAgent(parts.context.db, agentId)
  const baseCommit = requireTree(row)
  const late = AbortSignal.timeout(allMs)
  try {
    const result = await runScript(parts, row, {
      name: 'look',
      cmd: toCommand(baseCommit),
      maxBytes: maxBundleBytes,
      isAnswer: (code) => code <= lastOwnCode || isLate(code),
      signal: AbortSignal.any([parts.pool.signal, late]),
    })
    if (result === 'busy') throw busy('its container is too busy or full')
    return toLook(result, baseCommit)
  } catch (error) {
    if (late.aborted) throw busy('its container did not answer in time')
    if (!isRefusal(error, 'too-much-output')) throw error
    throw new AppError(
      'file.too-large',
      'The agent has changed more than can be shown before it hands in.',
      { cause: error },
    )
  }
}

function requireTree({ kind, baseCommit, holdsResources }: AgentRow): string {
  if (kind === 'planner')
    throw new AppError('file.not-found', 'A planner only reads: it changes no files.')
  if (!holdsResources)
    throw new AppError(
      'agent.not-running',
      'The container of this agent and its files are gone. What it handed in is still here.',
    )
  if (baseCommit === null)
    throw new AppError('file.not-found', 'The agent is being started and has no files yet.')
  return baseCommit
}

function toCommand(baseCommit: string): string[] {
  const script = ['sh', lookPath, baseCommit, String(maxFileBytes), String(maxBytes)]
  return ['timeout', '-k', '2', String(scriptSeconds), 'nice', '-n', '10', ...script]
}

function toLook({ exitCode, stdout, stderr, isLive }: ScriptResult, baseCommit: string): Look {
  if (exitCode !== 0) throw failure(exitCode, stderr)
  const skipped = [...stderr.matchAll(skippedLine)].map(([, bytes, reason, path = '']) => ({
    path: decodePath(path),
    sizeBytes: Number(bytes),
    // Checked by the pattern.
    reason: reason as Look['skipped'][number]['reason'],
  }))
  const leftOut = Number(/^left-out (\d{1,9})$/m.exec(stderr)?.[1] ?? 0)
  return { bundle: stdout, baseCommit, isLive, skipped, leftOut }
}

const skippedLine = /^skipped (\d{1,15}) (large|many|repository) ([A-Za-z0-9_./%-]{1,12288})$/gm

/** Names are bytes; what is no UTF-8 shows as U+FFFD. */
function decodePath(encoded: string): string {
  const bytes = encoded.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function failure(exitCode: number, stderr: string): AppError {
  if (isLate(exitCode)) return busy(`that took longer than ${scriptSeconds} s`)
  const reason = /^look: (.{1,200})$/m.exec(stderr)?.[1] ?? `exit code ${exitCode}`
  if (exitCode === 6)
    return new AppError('disk.full', `The agent's files cannot be looked at: ${reason}.`)
  if (exitCode === 2 || exitCode === 127)
    return new AppError(
      'file.not-found',
      'The container of this agent is from an older Klaudio, which could not be looked into. Its work is shown when it hands in.',
    )
  if (exitCode === 3 || exitCode === 4)
    return new AppError('file.not-found', `The agent's files cannot be compared: ${reason}.`)
  return busy(reason)
}

const busy = (reason: string): AppError =>
  new AppError(
    'task.busy',
    `The agent's files cannot be read right now: ${reason}. The agent is not affected; try again.`,
  )
