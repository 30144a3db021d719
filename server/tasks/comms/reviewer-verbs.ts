/** What only a reviewer can do. */
import type { ToolAnswer } from '#agents/tools.ts'
import { AppError } from '#contract/errors.ts'
import type { TeamInput } from '#contract/team-tools.ts'
import type { Finding } from '#contract/verdict.ts'
import { updateAgent } from '#db/agents.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { findTask } from '#db/tasks.ts'
import { reviewedBy } from '#tasks/reviewers.ts'
import type { Calling } from './calling.ts'

/** The last one of a turn counts; it is acted upon when the turn has ended. */
export function submitReview(
  { tx, agent }: Calling,
  { verdict, summary, findings }: TeamInput<'submit_review'>,
): ToolAnswer {
  const { taskId, subtaskId } = agent
  const ids = reviewedBy(
    findTask(tx, taskId)?.team ?? null,
    listSubtasks(tx, taskId),
    subtaskId ?? '',
  )
  const strange = findings.find(({ to }) => !ids.includes(to))
  if (strange)
    throw new AppError(
      'subtask.not-found',
      `"${strange.to}" is not among what you review. \`to\` is one of: ${ids.join(', ')}.`,
    )
  if (verdict === 'needs_fix' && findings.length === 0)
    throw new AppError(
      'request.invalid',
      '"needs_fix" needs at least one finding: what is not right, and to whom it goes.',
    )
  updateAgent(tx, agent.id, {
    report: { kind: 'reviewed', text: summary, verdict, findings: findings.map(toFinding) },
  })
  return { text: 'Noted. Now end your turn with a sentence or two.' }
}

const toFinding = ({ to, what, severity, path, line }: Finding): Finding => ({
  ...{ to, what, severity },
  ...(path !== undefined && { path }),
  ...(line !== undefined && { line }),
})
