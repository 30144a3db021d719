import { AppError } from '#contract/errors.ts'
import type { TeamProblem } from '#contract/team-rules.ts'

/** All problems in one refusal, and one by one in `details.problems`. */
export const refuse = (problems: readonly TeamProblem[]): AppError =>
  new AppError('request.invalid', problems.map(({ message }) => message).join(' '), {
    details: { problems },
  })
