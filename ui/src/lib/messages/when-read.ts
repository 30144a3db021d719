/** When somebody in a team would read what is said now, in words. */
import type { Agent } from '#contract/agent.ts'
import { managerName } from '#contract/team-tools.ts'
import { nameWord } from './words.ts'

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
