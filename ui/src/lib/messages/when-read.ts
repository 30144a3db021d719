/** When somebody in a team would read what is said now, in words. */
import type { Agent } from '#contract/agent.ts'
import { managerName } from '#contract/team-tools.ts'
import { nameWord } from './words.ts'

/** Said under the field for messages to one agent. `isAsked`: it waits for an answer of a person. */
export function whenAgentReads(
  agent: Pick<Agent, 'status' | 'phase'>,
  { isAsked = false }: { isAsked?: boolean } = {},
): { words: string; isTaken: boolean } {
  const taken = (words: string) => ({ words, isTaken: true })
  if (agent.status === 'queued') return taken('Read when it gets a slot and starts')
  if (agent.status === 'created') return taken('Read when it starts')
  switch (agent.phase) {
    case 'stopping':
      return { words: 'It is being stopped and reads nothing more', isTaken: false }
    case 'collecting':
      return { words: 'Its work is being saved; it reads nothing more', isTaken: false }
    case 'working':
      if (!isAsked) return taken('Read at the next tool call')
      return taken('Read after you have answered')
    case 'awaiting_permission':
      return taken('Read after the permission is answered')
    default:
      return taken('Read with its next turn')
  }
}

type Known = Pick<Agent, 'kind' | 'subtask_id' | 'status' | 'phase'>

/** `to`: a name in the team, or nothing for everybody. */
export function whenRead(agents: readonly Known[], to: string | undefined): string {
  if (to === undefined)
    return 'Everybody who has not finished reads it: at the next tool call, or when they start'
  const agent = agents.findLast(({ kind, subtask_id: subtask }) =>
    to === managerName ? kind === 'manager' : kind !== 'planner' && subtask === to,
  )
  if (!agent || agent.status === 'queued' || agent.status === 'created')
    return 'Read when it starts'
  if (agent.status !== 'running')
    return `${nameWord(to)} has ended; read if it is sent back to work`
  if (agent.phase === 'awaiting_permission') return 'Read after the permission is answered'
  return agent.phase === 'working' ? 'Read at the next tool call' : 'Read at once'
}
