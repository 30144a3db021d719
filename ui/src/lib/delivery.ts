/** What is to become of finished work, as a form holds it and as pages say it. */
import * as v from 'valibot'
import {
  type Deliver,
  type Delivery,
  DeliverySettings,
  deliveryProblems,
} from '#contract/delivery.ts'
import type { GlyphName } from './glyph-name.ts'
import { plural } from './text.ts'

export type DeliveryForm = {
  to: 'nowhere' | 'branch' | 'pull-request'
  target: string
  workBranch: string
  /** Names with commas between them. */
  reviewers: string
  labels: string
  isDraft: boolean
  keepsCommits: boolean
  fixesChecks: boolean
  answersComments: boolean
}

export const emptyDelivery: DeliveryForm = {
  to: 'nowhere',
  target: '',
  workBranch: '',
  reviewers: '',
  labels: '',
  isDraft: false,
  keepsCommits: false,
  fixesChecks: false,
  answersComments: false,
}

/** What a browser kept of one, as far as it fits. */
export const DeliveryDraft = v.fallback(
  v.object({
    to: v.picklist(['nowhere', 'branch', 'pull-request']),
    target: v.string(),
    workBranch: v.string(),
    reviewers: v.string(),
    labels: v.string(),
    isDraft: v.boolean(),
    keepsCommits: v.boolean(),
    fixesChecks: v.optional(v.boolean(), false),
    answersComments: v.optional(v.boolean(), false),
  }),
  emptyDelivery,
)

export const toNames = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

/** As the server wants it; undefined when nothing is to leave Klaudio. */
export function toSettings(form: DeliveryForm): Partial<DeliverySettings> | undefined {
  if (form.to === 'nowhere') return undefined
  const isRequest = form.to === 'pull-request'
  return {
    auto_branch: true,
    auto_commit: !form.keepsCommits,
    auto_push: true,
    auto_pr: isRequest,
    ...(form.target.trim() ? { pr_target: form.target.trim() } : {}),
    ...(form.workBranch.trim() ? { work_branch: form.workBranch.trim() } : {}),
    ...(isRequest
      ? {
          pr_reviewers: toNames(form.reviewers),
          pr_labels: toNames(form.labels),
          pr_draft: form.isDraft,
          ...(form.fixesChecks && { auto_fix_checks: true }),
          ...(form.answersComments && { auto_address_comments: true }),
        }
      : {}),
  }
}

/** Of work that is done: as it was to be delivered, or a branch. */
export const toForm = (known: Delivery | undefined, branch: string): DeliveryForm => ({
  to: known?.settings.auto_pr ? 'pull-request' : 'branch',
  target: known?.settings.pr_target ?? '',
  workBranch: known?.branch ?? branch,
  reviewers: (known?.settings.pr_reviewers ?? []).join(', '),
  labels: (known?.settings.pr_labels ?? []).join(', '),
  isDraft: known?.settings.pr_draft ?? false,
  keepsCommits: known?.settings.auto_commit === false,
  fixesChecks: known?.settings.auto_fix_checks ?? false,
  answersComments: known?.settings.auto_address_comments ?? false,
})

/** What a person wants of this delivery; how it is committed stays as it was. */
export function toDeliver(form: DeliveryForm, known: DeliveryForm): Deliver {
  const {
    auto_commit: _,
    auto_branch: __,
    auto_push: ___,
    work_branch,
    ...wanted
  } = {
    ...toSettings(form),
  }
  const isRequest = form.to === 'pull-request'
  return {
    ...wanted,
    // Said when they are off as well: they may have been on.
    auto_fix_checks: isRequest && form.fixesChecks,
    auto_address_comments: isRequest && form.answersComments,
    ...(work_branch !== undefined && work_branch !== known.workBranch && { work_branch }),
  }
}

/** One sentence, or undefined when the server would take it. */
export function deliveryProblem(form: DeliveryForm): string | undefined {
  const settings = toSettings(form)
  if (!settings) return undefined
  const parsed = v.safeParse(DeliverySettings, settings)
  if (!parsed.success) return parsed.issues[0].message
  return deliveryProblems(parsed.output).length > 0
    ? 'Choose a branch of the task’s own, neither the one it is for nor one that others share.'
    : undefined
}

/** "klaudio/1234abcd for main, 1 commit". */
export function describeBranch({ branch, target, commits, state }: Delivery): string {
  const aim = target ? ` for ${target}` : ''
  const amount = state === 'delivered' && commits ? `, ${plural(commits, 'commit')}` : ''
  return `${branch}${aim}${amount}`
}

export function deliveryStatus(
  { state, conflicts = [] }: Delivery,
  isRunning: boolean,
): {
  glyph: GlyphName
  word: string
} {
  if (state === 'failed') return { glyph: 'fail', word: 'Not delivered' }
  if (state === 'unchanged') return { glyph: 'skip', word: 'Nothing to deliver' }
  if (state === 'pending')
    return isRunning
      ? { glyph: 'run', word: 'Delivering' }
      : { glyph: 'wait', word: 'To be delivered' }
  return conflicts.length > 0
    ? { glyph: 'need', word: 'Delivered, with conflicts' }
    : { glyph: 'done', word: 'Delivered' }
}
