/** Terminals in containers of agents. Who opened one, and for how long, is in the timeline; what was typed is not kept. */
import type { Shell } from '#agents/shell.ts'
import { AppError } from '#contract/errors.ts'
import type { TerminalSize } from '#contract/socket.ts'
import { getAgentOf } from './agent-verbs.ts'
import type { Desk } from './desk.ts'
import { about } from './records.ts'

/** Throws `agent.not-found`, `auth.forbidden` when the configuration has no shells, and what `Agents.openShell` throws. */
export async function openShell(
  { db, config, agents, eventLog, clock }: Desk,
  taskId: string,
  agentId: string,
  size: TerminalSize,
): Promise<Shell> {
  const agent = getAgentOf(db, taskId, agentId)
  if (!config.allowsShells)
    throw new AppError(
      'auth.forbidden',
      'Shells in containers are turned off in the configuration (agents.shell).',
    )
  const shell = await agents.openShell(agentId, size)
  const openedAt = clock.now()
  const note = (data: Record<string, unknown>): void =>
    eventLog.transact((_tx, record) => record({ ...about(agent), type: 'agent.shell', data }))
  note({ state: 'opened' })
  let isOpen = true
  return {
    ...shell,
    close() {
      shell.close()
      if (isOpen) note({ state: 'closed', open_ms: clock.now() - openedAt })
      isOpen = false
    },
  }
}
