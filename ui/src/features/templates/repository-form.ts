/** What the editor of a repository holds and what is wrong with it. */
import * as v from 'valibot'
import {
  BranchName,
  DeliverySettings,
  deliveryProblems,
  type ForgeKind,
} from '#contract/delivery.ts'
import { HistoryDepth } from '#contract/history-depth.ts'
import type { RepoTemplate, UpdateRepoTemplate } from '#contract/repo-template.ts'
import {
  toCommands,
  toEnvironment,
  toVariableForms,
  type VariableForm,
  variableProblem,
} from './environment-form.ts'
import { type RunsInForm, runsInProblem, toRunsIn, toRunsInForm } from './runs-in-form.ts'

export type RepositoryForm = {
  name: string
  url: string
  default_branch: string
  /** Empty: the whole history. */
  depth: string
  /** Empty: none. */
  credential_id: string
  auto_branch: boolean
  auto_commit: boolean
  auto_push: boolean
  auto_pr: boolean
  pr_target: string
  pr_draft: boolean
  auto_fix_checks: boolean
  auto_address_comments: boolean
  /** With commas. */
  pr_reviewers: string
  pr_labels: string
  /** Empty: found out. */
  forge: ForgeKind | ''
  forge_url: string
  enable_memory: boolean
  /** Another one; empty: what is stored stays. Never read from the server. */
  webhook_secret: string
  /** Nothing is taken from the forge any more. */
  is_webhook_off: boolean
  /** Empty: none. */
  issue_label: string
  environment: VariableForm[]
  /** A line for each. */
  setup_commands: string
  setup_secrets: boolean
  runsIn: RunsInForm
}

export const toRepositoryForm = (template: RepoTemplate | undefined): RepositoryForm => ({
  name: template?.name ?? '',
  url: template?.url ?? '',
  default_branch: template?.default_branch ?? 'main',
  depth: template?.depth?.toString() ?? '',
  credential_id: template?.credential_id ?? '',
  auto_branch: template?.auto_branch ?? true,
  auto_commit: template?.auto_commit ?? false,
  auto_push: template?.auto_push ?? false,
  auto_pr: template?.auto_pr ?? false,
  ...requestOf(template),
  ...toEnvironmentForm(template),
  enable_memory: template?.enable_memory ?? true,
  ...webhookOf(template),
})

const requestOf = (template: RepoTemplate | undefined) => ({
  pr_target: template?.pr_target ?? '',
  pr_draft: template?.pr_draft ?? false,
  auto_fix_checks: template?.auto_fix_checks ?? false,
  auto_address_comments: template?.auto_address_comments ?? false,
  pr_reviewers: template?.pr_reviewers.join(', ') ?? '',
  pr_labels: template?.pr_labels.join(', ') ?? '',
  forge: template?.forge ?? ('' as const),
  forge_url: template?.forge_url ?? '',
})

const webhookOf = (template: RepoTemplate | undefined) => ({
  ...{ webhook_secret: '', is_webhook_off: false },
  issue_label: template?.issue_label ?? '',
})

const toEnvironmentForm = (
  template: RepoTemplate | undefined,
): Pick<RepositoryForm, 'environment' | 'setup_commands' | 'setup_secrets' | 'runsIn'> => ({
  runsIn: toRunsInForm(template?.runs_in),
  environment: toVariableForms(template?.environment ?? []),
  setup_commands: template?.setup_commands.join('\n') ?? '',
  setup_secrets: template?.setup_secrets ?? false,
})

/** `before`: what is changed. */
export const toSaveRepository = (
  { webhook_secret: secret, is_webhook_off: isOff, runsIn, ...form }: RepositoryForm,
  before?: RepoTemplate,
): UpdateRepoTemplate => ({
  ...form,
  ...(isOff && { webhook_secret: null }),
  ...(!isOff && secret.trim() !== '' && { webhook_secret: secret.trim() }),
  issue_label: form.issue_label.trim() || null,
  default_branch: form.default_branch.trim() || 'main',
  depth: form.depth.trim() === '' ? null : Number(form.depth),
  credential_id: form.credential_id || null,
  pr_target: form.pr_target.trim() || null,
  // They are about a pull request.
  auto_fix_checks: form.auto_pr && form.auto_fix_checks,
  auto_address_comments: form.auto_pr && form.auto_address_comments,
  pr_reviewers: toList(form.pr_reviewers),
  pr_labels: toList(form.pr_labels),
  forge: form.forge || null,
  forge_url: form.forge_url.trim() || null,
  environment: toEnvironment(form.environment),
  runs_in: toRunsIn(runsIn),
  setup_commands: toCommands(form.setup_commands, before?.setup_commands ?? []),
})

const toList = (text: string): string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')

/** As the server has it. */
const minSecret = 16

export type RepositoryProblems = Partial<Record<keyof RepositoryForm | 'delivery', string>>

/** Without what is only missing yet. */
export function repositoryProblems(form: RepositoryForm): RepositoryProblems {
  const problems: RepositoryProblems = {}
  const branchHint =
    'A branch name is made of letters, digits and . _ / -, and begins with a letter or digit.'
  for (const field of ['default_branch', 'pr_target'] as const)
    if (form[field].trim() !== '' && !v.is(BranchName, form[field])) problems[field] = branchHint
  if (form.depth.trim() !== '' && !v.is(HistoryDepth, Number(form.depth)))
    problems.depth = 'A whole number of commits, at least 1. Leave it empty for all of them.'
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/@]*:[^/@]*@/i.test(form.url.trim()))
    problems.url = 'Leave the user name and password out of the address: choose a credential.'
  const api = v.safeParse(DeliverySettings.entries.forge_url, form.forge_url.trim() || undefined)
  if (!api.success) problems.forge_url = api.issues[0].message
  const secret = form.webhook_secret.trim()
  if (!form.is_webhook_off && secret !== '' && secret.length < minSecret)
    problems.webhook_secret = `A webhook secret has at least ${minSecret} characters.`
  const [wrong] = deliveryProblems({
    ...{ auto_branch: form.auto_branch, auto_commit: form.auto_commit },
    ...{ auto_push: form.auto_push, auto_pr: form.auto_pr, pr_draft: form.pr_draft },
    ...{ pr_reviewers: [], pr_labels: [] },
  })
  if (wrong) problems.delivery = wrong
  const unclear = form.environment
    .map((each) => variableProblem(each, form.environment))
    .find((each) => each !== undefined)
  if (unclear) problems.environment = unclear.text
  const runsIn = runsInProblem(form.runsIn)
  if (runsIn) problems.runsIn = runsIn.text
  return problems
}

/** What a choice takes along, so that nothing senseless can be chosen. */
export function choose(
  form: RepositoryForm,
  flag: 'auto_branch' | 'auto_push' | 'auto_pr',
  on: boolean,
): Partial<RepositoryForm> {
  const order = ['auto_branch', 'auto_push', 'auto_pr'] as const
  const at = order.indexOf(flag)
  const changed = order.filter(
    (other, index) => (on ? index <= at : index >= at) && form[other] !== on,
  )
  return Object.fromEntries(changed.map((other) => [other, on]))
}
