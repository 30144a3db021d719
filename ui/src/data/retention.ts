import { RetentionReport } from '#contract/retention.ts'
import { ask } from './api.ts'

/** What is no longer kept and would go now. */
export const previewRetention = (): Promise<RetentionReport> =>
  ask(RetentionReport, '/api/retention')

export const removeOld = (): Promise<RetentionReport> =>
  ask(RetentionReport, '/api/retention', { method: 'POST' })
