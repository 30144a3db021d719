/** Who is in a team, and by what name the others know them. */
import { AppError } from '#contract/errors.ts'
import { everybody, managerName } from '#contract/team-tools.ts'
import { type AgentRow, listAgents } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { listSubtasks, type SubtaskRow } from '#db/subtasks.ts'

/** Names stay when agents come and go: what is said to a name is read by whoever bears it next. */
export const nameOf = ({ kind, subtaskId, role }: AgentRow): string =>
  kind === 'manager' ? managerName : kind === 'resolver' ? role : (subtaskId ?? role)

export const hasManager = (tx: Tx, taskId: string): boolean =>
  listAgents(tx, { taskId }).some(({ kind }) => kind === 'manager')

/** Somebody may hear a message now. */
export const isAnybodyAtWork = (tx: Tx, taskId: string): boolean =>
  hasManager(tx, taskId) || listSubtasks(tx, taskId).some(({ status }) => status === 'running')

/** Nothing more is to be expected of them unless somebody sends them back. */
const isAway = ({ status }: SubtaskRow): boolean =>
  status === 'completed' || status === 'failed' || status === 'skipped'

/**
 * The names a message goes to, without the sender's own. An address is the manager, a subtask, a role or everybody; for the last two
 * only those count who have not finished. Throws `subtask.not-found` when there is nobody by that name in this team.
 */
export function findRecipients(
  tx: Tx,
  taskId: string,
  { to, from }: { to: string; from: string | undefined },
): string[] {
  const subtasks = listSubtasks(tx, taskId)
  const manager = hasManager(tx, taskId) ? [managerName] : []
  const named = [...manager, ...subtasks.map(({ id }) => id)].filter((name) => name === to)
  const open = subtasks.filter((row) => !isAway(row))
  const withRole = open.filter(({ spec }) => spec.agent_role === to).map(({ id }) => id)
  const found =
    to === everybody
      ? [...manager, ...open.map(({ id }) => id)]
      : named.length > 0
        ? named
        : withRole
  const others = found.filter((name) => name !== from)
  if (others.length > 0 || to === everybody) return others
  const names = [...manager, ...subtasks.map(({ id }) => id)].filter((name) => name !== from)
  throw new AppError(
    'subtask.not-found',
    `There is nobody else called "${to}" in your team. Its members are: ${names.join(', ') || 'you alone'}.`,
  )
}

/** What `team_state` shows. */
export function describeTeam(tx: Tx, taskId: string, own: string): string {
  const agents = new Map(listAgents(tx, { taskId }).map((agent) => [agent.id, agent]))
  const subtasks = listSubtasks(tx, taskId).map((row) => describeMember(row, agents, own))
  const lead = hasManager(tx, taskId)
    ? [`- ${managerName}${own === managerName ? ' (you)' : ''}`]
    : []
  return ['Your team:', ...lead, ...subtasks].join('\n')
}

function describeMember(
  row: SubtaskRow,
  agents: ReadonlyMap<string, AgentRow>,
  own: string,
): string {
  const { id, spec, status, error, agentId } = row
  const activity = agentId === null ? null : agents.get(agentId)?.activity
  const more = [
    spec.depends_on.length > 0 ? `after ${spec.depends_on.join(', ')}` : '',
    status === 'running' && activity ? `now: ${activity}` : '',
    status === 'failed' && error ? `because: ${error}` : '',
  ].filter((part) => part !== '')
  const you = id === own ? ' (you)' : ''
  return `- ${id}${you}, ${spec.agent_role}, "${spec.name}": ${[status, ...more].join('; ')}`
}
