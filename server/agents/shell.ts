/** Terminals in containers of agents, for people. What was started in one ends with it: its processes are found by a mark in their environment. */
import { AppError, toMessage } from '#contract/errors.ts'
import type { TerminalSize } from '#contract/socket.ts'
import { getAgent } from '#db/agents.ts'
import type { ExecStream, ExecTerminal } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { newId } from '#lib/ids.ts'
import type { AgentsContext } from './context.ts'
import type { Pool } from './pool.ts'

export type Shell = Pick<ExecTerminal, 'output' | 'write' | 'resize' | 'exitCode'> & {
  /** Hangs up: everything that was started in it ends. Harmless when asked again. */
  close(): void
}

/** At the same time, in one container and in all. */
const mostOfAgent = 4
const mostInAll = 16

const mark = 'KLAUDIO_SHELL'

/** A shell that reads its own start-up files where the image has it. */
const program = 'cd /workspace 2>/dev/null; command -v bash >/dev/null && exec bash -l; exec sh -l'

/**
 * Waits for the end of its stdin, which comes when the shell is closed and when the server has gone, then hangs up on every process with
 * the mark and kills what does not listen. A terminal's own process notices neither.
 */
const watch = `cat > /dev/null
marked() { grep -lz "^${mark}=$1$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
for s in HUP KILL; do
  p=$(marked "$1"); [ -n "$p" ] || exit 0
  kill -$s $p 2>/dev/null; sleep 0.2
done`

export function createShells({ context, pool }: Parts): {
  open(agentId: string, size: TerminalSize): Promise<Shell>
  close(): void
} {
  const { engine, log } = context
  const open = new Map<string, { agentId: string; close: () => void }>()

  const start = async (
    containerId: string,
    id: string,
    size: TerminalSize,
  ): Promise<{ terminal: ExecTerminal; hangUp: () => void }> => {
    const watcher = await engine.execStream(containerId, { cmd: ['sh', '-c', watch, 'sh', id] })
    const hangUp = (): void => {
      watcher.end()
      drained(watcher).catch((error: unknown) =>
        log.warn('shell not ended', { container: containerId, error: toMessage(error) }),
      )
    }
    try {
      const env = { [mark]: id, TERM: 'xterm-256color' }
      const cmd = ['sh', '-c', program]
      return { terminal: await engine.execTerminal(containerId, { cmd, env, size }), hangUp }
    } catch (error) {
      hangUp()
      throw error
    }
  }

  return {
    async open(agentId, size) {
      const containerId = reach({ context, pool }, agentId)
      admit([...open.values()], agentId)
      const id = newId()
      let isOver = false
      let end = (): void => {}
      const close = (): void => {
        isOver = true
        open.delete(id)
        end()
        end = () => {}
      }
      // Counted before it is there: many may ask at once.
      open.set(id, { agentId, close })
      try {
        const { terminal, hangUp } = await start(containerId, id, size)
        end = () => {
          terminal.close()
          hangUp()
        }
        if (isOver) close()
        const { output, write, resize, exitCode } = terminal
        return { output, write, resize, exitCode, close }
      } catch (error) {
        close()
        if (!isRefusal(error, 'not-running', 'not-found')) throw error
        throw new AppError('agent.not-running', 'The container of the agent has just ended.', {
          cause: error,
        })
      }
    },
    close() {
      for (const { close } of [...open.values()]) close()
    },
  }
}

async function drained(watcher: ExecStream): Promise<void> {
  try {
    for await (const _ of watcher.stdout);
  } finally {
    watcher.close()
  }
}

type Parts = { context: AgentsContext; pool: Pool }

/** The container that runs. */
function reach({ context, pool }: Parts, agentId: string): string {
  const live = pool.find(agentId)
  if (context.freezer.isFrozen(agentId))
    throw new AppError(
      'agent.frozen',
      'The agent is frozen, and so is its container. Unfreeze it first.',
    )
  if (live) return live.containerId
  const { status } = getAgent(context.db, agentId)
  throw new AppError('agent.not-running', `The agent is ${status} and has no container that runs.`)
}

function admit(open: readonly { agentId: string }[], agentId: string): void {
  const ofAgent = open.filter((other) => other.agentId === agentId).length
  if (ofAgent < mostOfAgent && open.length < mostInAll) return
  const which =
    ofAgent < mostOfAgent ? `${open.length} shells` : `${ofAgent} shells in this container`
  throw new AppError('rate.limited', `There are ${which} already. Close one first.`)
}
