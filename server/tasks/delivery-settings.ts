/** What a person wants to become of the work: checked before it is stored. */
import { type DeliverySettings, deliveryProblems, sourceProblems } from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import type { TaskSource } from '#contract/task.ts'
import { insertDelivery } from '#db/deliveries.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { Change } from './records.ts'

/** Throws `request.invalid` with one sentence for everything that cannot go together. */
export function checkSettings(
  settings: DeliverySettings,
  { source, hasToken }: { source: TaskSource; hasToken: boolean },
): void {
  const problems = [...deliveryProblems(settings), ...sourceProblems(settings, source)]
  const isRemote = source.kind === 'git' && /^https?:/i.test(source.url)
  if (problems.length === 0 && settings.auto_push && isRemote && !hasToken)
    problems.push('auto_push needs an access token that may write to the repository.')
  if (problems.length > 0)
    throw new AppError('request.invalid', problems.join(' '), { details: { problems } })
}

/** To be delivered as soon as all of its work is done. */
export function storeSettings(
  { tx, clock }: Pick<Change, 'tx' | 'clock'>,
  { id, branch }: Pick<TaskRow, 'id' | 'branch'>,
  settings: DeliverySettings,
): void {
  insertDelivery(tx, {
    taskId: id,
    settings,
    state: settings.auto_push ? 'pending' : 'off',
    branch: settings.work_branch ?? branch,
    updatedAt: clock.now(),
  })
}

/** For a task that is made from another one: that one's branch is its own. */
export function withoutBranch({ work_branch: _, ...settings }: DeliverySettings): DeliverySettings {
  return settings
}
