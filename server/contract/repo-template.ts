/** Repositories that tasks are made of, with what is to become of the work. A task keeps what it was made of. */
import * as v from 'valibot'
import { BranchName, DeliverySettings } from './delivery.ts'
import { HistoryDepth } from './history-depth.ts'
import { RepoEnvironment, ShownVariable } from './repo-environment.ts'
import { RunsIn } from './runs-in.ts'
import { SetupCommands } from './setup.ts'
import { WebhookReceipt } from './webhook.ts'

const { auto_branch, auto_commit, auto_push, auto_pr, pr_draft, pr_labels } =
  DeliverySettings.entries
const { pr_reviewers, forge, forge_url, max_follow_ups } = DeliverySettings.entries

/** The reference sends null for a list that is empty. */
const flag = v.nullish(v.boolean(), false)
const shape = {
  name: v.pipe(v.string(), v.trim(), v.nonEmpty('Give the repository a name.'), v.maxLength(100)),
  url: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty('Give the address of the repository.'),
    v.maxLength(2000),
  ),
  default_branch: v.nullish(BranchName, 'main'),
  /** Only so many of the newest commits are fetched; null: the whole history. */
  depth: v.nullish(HistoryDepth),
  /** Of the vault; null: none. */
  credential_id: v.nullish(v.string()),
  /** A token in place of a credential: it is stored as one. Never returned. */
  access_token: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(4096))),
  auto_branch: v.nullish(v.unwrap(auto_branch), false),
  auto_commit: v.nullish(v.unwrap(auto_commit), false),
  auto_push: v.nullish(v.unwrap(auto_push), false),
  auto_pr: v.nullish(v.unwrap(auto_pr), false),
  /** Branch the work is meant for; the default branch when absent. */
  pr_target: v.nullish(BranchName),
  pr_reviewers: v.nullish(v.unwrap(pr_reviewers), []),
  pr_labels: v.nullish(v.unwrap(pr_labels), []),
  pr_draft: v.nullish(v.unwrap(pr_draft), false),
  /** Failed checks, and comments of who may write, go back to the agent; see the delivery settings. */
  auto_fix_checks: v.nullish(v.boolean()),
  auto_address_comments: v.nullish(v.boolean()),
  max_follow_ups: v.nullish(v.unwrap(max_follow_ups)),
  forge: v.nullish(v.unwrap(forge)),
  forge_url: v.nullish(v.unwrap(forge_url)),
  enable_memory: flag,
  /** Variables of its agents' environment. */
  environment: v.nullish(RepoEnvironment, []),
  /** Run in a container before agents start, once for the same commands, lock files and image; with the variables. */
  setup_commands: v.nullish(SetupCommands, []),
  /** Whether they see the secrets among the variables. What they leave must not hold one. */
  setup_secrets: flag,
  /** What its agents run in; the standard image when absent. Anything else is built from the repository by the engine. */
  runs_in: v.nullish(RunsIn),
  /**
   * What its forge signs with what it sends to `/api/webhooks/<id of the template>`; nothing is taken there without. Absent: stays as it is;
   * null or empty: none. Never returned.
   */
  webhook_secret: v.nullish(
    v.pipe(
      v.string(),
      v.maxLength(500),
      v.check(
        (text) => text === '' || text.length >= 16,
        'A webhook secret has at least 16 characters.',
      ),
    ),
  ),
  /** Open issues with this label become tasks as soon as the forge tells of them. Their plans wait for a person. */
  issue_label: v.nullish(v.pipe(v.string(), v.trim(), v.maxLength(100))),
}

export const SaveRepoTemplate = v.object(shape)
export type SaveRepoTemplate = v.InferOutput<typeof SaveRepoTemplate>

/** What is absent stays as it is: reviewers and the credential, too. */
export const UpdateRepoTemplate = v.partial(v.object(shape))
export type UpdateRepoTemplate = v.InferOutput<typeof UpdateRepoTemplate>

export const RepoTemplate = v.object({
  id: v.string(),
  name: v.string(),
  url: v.string(),
  default_branch: v.string(),
  /** Absent for the whole history. */
  depth: v.optional(v.number()),
  /** Absent without one, or after it was removed. */
  credential_id: v.optional(v.string()),
  auto_branch: v.boolean(),
  auto_commit: v.boolean(),
  auto_push: v.boolean(),
  auto_pr: v.boolean(),
  pr_target: v.string(),
  pr_reviewers: v.array(v.string()),
  pr_labels: v.array(v.string()),
  pr_draft: v.boolean(),
  auto_fix_checks: v.optional(v.boolean()),
  auto_address_comments: v.optional(v.boolean()),
  max_follow_ups: v.optional(v.number()),
  forge: v.optional(v.unwrap(forge)),
  forge_url: v.optional(v.string()),
  enable_memory: v.boolean(),
  environment: v.array(ShownVariable),
  setup_commands: v.array(v.string()),
  setup_secrets: v.boolean(),
  runs_in: RunsIn,
  /** Whether its forge may send anything. */
  has_webhook_secret: v.boolean(),
  /** What its forge sent last; absent before it did. */
  webhook: v.optional(WebhookReceipt),
  issue_label: v.optional(v.string()),
  created_at: v.string(),
  updated_at: v.string(),
})
export type RepoTemplate = v.InferOutput<typeof RepoTemplate>

export const RepoTemplateList = v.object({ templates: v.array(RepoTemplate) })

/** Of one task: null or absent is as the template says. */
export const RepoOverrides = v.object({
  /** How many of the newest commits are fetched; 0: the whole history. */
  depth: v.nullish(v.union([v.literal(0), HistoryDepth])),
  auto_branch: v.nullish(v.boolean()),
  auto_commit: v.nullish(v.boolean()),
  auto_push: v.nullish(v.boolean()),
  auto_pr: v.nullish(v.boolean()),
})
export type RepoOverrides = v.InferOutput<typeof RepoOverrides>
