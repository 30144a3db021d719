/** Whose work a reviewer looks at, how often it may send it back, and whether a person has decided. */
import type { TeamSnapshot } from '#contract/team.ts'
import { isReviewer } from '#contract/team-rules.ts'
import type { Tx } from '#db/open.ts'
import { findQuestion } from '#db/questions.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { dependenciesOf, type Node } from './dag.ts'
import { comesAfter } from './team.ts'

type Row = Pick<SubtaskRow, 'id' | 'spec' | 'status' | 'error'>

/** Ids of what a reviewer's verdict is about: what it depends on and runs after, else everything that is nobody's review. */
export function reviewedBy(
  team: TeamSnapshot | null,
  rows: readonly Row[],
  reviewerId: string,
): string[] {
  const nodes = rows.map(toNode)
  const known = new Set([
    ...dependenciesOf(nodes, reviewerId),
    ...comesAfter(team, nodes, reviewerId),
  ])
  const work = rows.filter(
    ({ id, spec }) => id !== reviewerId && !isReviewer(team, spec.agent_role),
  )
  const own = work.filter(({ id }) => known.has(id))
  return (own.length > 0 ? own : work).map(({ id }) => id)
}

const toNode = ({ id, spec, status, error }: Row): Node => ({
  ...{ id, dependsOn: spec.depends_on, status, error },
  role: spec.agent_role,
})

/** How often the work of one subtask may be sent back, and how often a reviewer may do so, before a person is asked. */
export const fixRounds = (
  { team }: Pick<TaskRow, 'team'>,
  { maxFixRounds }: { maxFixRounds: number },
): number => team?.max_fix_rounds ?? maxFixRounds

/** A review ended in a question to a person, which is not open any more. */
export function isDecided(tx: Tx, { taskId, verdict }: SubtaskRow): boolean {
  const id = verdict?.question_id
  return id !== undefined && findQuestion(tx, taskId, id)?.status !== 'pending'
}

/** The agent that has both sides of a conflict now. */
export const resolverOf = (resolution: SubtaskRow['resolution']): string | undefined =>
  resolution?.state === 'resolving' ? resolution.agent_id : undefined
