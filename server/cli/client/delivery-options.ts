/** The options that say what is to become of the work, as the API wants them. */
import type { DeliverySettings } from '#contract/delivery.ts'
import { type Call, isSet, numberOf, optionOf } from './call.ts'
import { usage } from './failure.ts'

type Input = Partial<DeliverySettings>

/** Undefined when none of them is given. */
export function toDelivery(call: Pick<Call, 'options'>): Input | undefined {
  const isPushed = isSet(call, 'push') || isSet(call, 'pr')
  const more = toDetails(call)
  if (isPushed)
    return {
      auto_branch: true,
      auto_commit: !isSet(call, 'keep-commits'),
      auto_push: true,
      auto_pr: isSet(call, 'pr'),
      ...more,
    }
  if (Object.keys(more).length > 0 || isSet(call, 'keep-commits'))
    throw usage('Say --push or --pr, too: without them nothing leaves Klaudio.')
  return undefined
}

/** What may be changed with every delivery. */
export function toDetails(call: Pick<Call, 'options'>): Input {
  const { options } = call
  const one = {
    pr_target: optionOf(call, 'pr-target'),
    work_branch: optionOf(call, 'work-branch'),
    forge: optionOf(call, 'forge'),
    forge_url: optionOf(call, 'forge-url'),
    pr_reviewers: options.get('reviewer'),
    pr_labels: options.get('label'),
    pr_draft: isSet(call, 'pr-draft') ? true : undefined,
    auto_fix_checks: isSet(call, 'fix-checks') ? true : undefined,
    auto_address_comments: isSet(call, 'answer-comments') ? true : undefined,
    max_follow_ups: numberOf(call, 'max-follow-ups'),
  }
  // What is absent stays absent; the server checks the rest.
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as Input
}
