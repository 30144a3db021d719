import { AppError } from '#contract/errors.ts'

/** What is wrong is in the repository or its settings: trying again as it is gives the same. `reason` is one sentence or more. */
export const refusal = (reason: string, cause?: unknown): AppError =>
  new AppError('image.failed', reason, cause === undefined ? {} : { cause })
