/** Every migration, in order, bundled as text so that the compiled binary carries them. */

import type { Database } from 'bun:sqlite'
import { AppError } from '#contract/errors.ts'
import initial from '../../drizzle/0000_initial.sql' with { type: 'text' }
import lists from '../../drizzle/0001_lists.sql' with { type: 'text' }
import access from '../../drizzle/0002_access.sql' with { type: 'text' }
import attention from '../../drizzle/0003_attention.sql' with { type: 'text' }
import runs from '../../drizzle/0004_runs.sql' with { type: 'text' }
import permissions from '../../drizzle/0005_permissions.sql' with { type: 'text' }
import checkpoints from '../../drizzle/0006_checkpoints.sql' with { type: 'text' }
import permissionsOpen from '../../drizzle/0007_permissions-open.sql' with { type: 'text' }
import deliveries from '../../drizzle/0008_deliveries.sql' with { type: 'text' }
import templates from '../../drizzle/0009_templates.sql' with { type: 'text' }
import restore from '../../drizzle/0010_restore.sql' with { type: 'text' }
import comms from '../../drizzle/0011_comms.sql' with { type: 'text' }
import turnResumes from '../../drizzle/0012_turn-resumes.sql' with { type: 'text' }
import answered from '../../drizzle/0013_answered.sql' with { type: 'text' }
import messagesSentAs from '../../drizzle/0014_messages-sent-as.sql' with { type: 'text' }
import followPullRequests from '../../drizzle/0015_follow_pull_requests.sql' with { type: 'text' }
import reviews from '../../drizzle/0016_reviews.sql' with { type: 'text' }
import toolCalls from '../../drizzle/0017_tool-calls.sql' with { type: 'text' }
import repoMemory from '../../drizzle/0018_repo-memory.sql' with { type: 'text' }
import lineComments from '../../drizzle/0019_line_comments.sql' with { type: 'text' }
import steering from '../../drizzle/0020_steering.sql' with { type: 'text' }
import followUps from '../../drizzle/0021_follow_ups.sql' with { type: 'text' }
import repoEnvironment from '../../drizzle/0022_repo-environment.sql' with { type: 'text' }
import followUpsOrder from '../../drizzle/0023_follow-ups-order.sql' with { type: 'text' }
import webhooks from '../../drizzle/0024_webhooks.sql' with { type: 'text' }
import outgoingWebhook from '../../drizzle/0025_outgoing-webhook.sql' with { type: 'text' }
import messagesAtLength from '../../drizzle/0026_messages-at-length.sql' with { type: 'text' }
import webhookReceipts from '../../drizzle/0027_webhook-receipts.sql' with { type: 'text' }
import repoSetups from '../../drizzle/0028_repo-setups.sql' with { type: 'text' }
import repoTemplateDepth from '../../drizzle/0029_repo_template_depth.sql' with { type: 'text' }
import liveComments from '../../drizzle/0030_live-comments.sql' with { type: 'text' }
import projectImages from '../../drizzle/0031_project-images.sql' with { type: 'text' }
import resultChecks from '../../drizzle/0032_result-checks.sql' with { type: 'text' }
import journal from '../../drizzle/meta/_journal.json'

const texts: Record<string, string> = {
  '0000_initial': initial,
  '0001_lists': lists,
  '0002_access': access,
  '0003_attention': attention,
  '0004_runs': runs,
  '0005_permissions': permissions,
  '0006_checkpoints': checkpoints,
  '0007_permissions-open': permissionsOpen,
  '0008_deliveries': deliveries,
  '0009_templates': templates,
  '0010_restore': restore,
  '0011_comms': comms,
  '0012_turn-resumes': turnResumes,
  '0013_answered': answered,
  '0014_messages-sent-as': messagesSentAs,
  '0015_follow_pull_requests': followPullRequests,
  '0016_reviews': reviews,
  '0017_tool-calls': toolCalls,
  '0018_repo-memory': repoMemory,
  '0019_line_comments': lineComments,
  '0020_steering': steering,
  '0021_follow_ups': followUps,
  '0022_repo-environment': repoEnvironment,
  '0023_follow-ups-order': followUpsOrder,
  '0024_webhooks': webhooks,
  '0025_outgoing-webhook': outgoingWebhook,
  '0026_messages-at-length': messagesAtLength,
  '0027_webhook-receipts': webhookReceipts,
  '0028_repo-setups': repoSetups,
  '0029_repo_template_depth': repoTemplateDepth,
  '0030_live-comments': liveComments,
  '0031_project-images': projectImages,
  '0032_result-checks': resultChecks,
}

export type Migration = { name: string; when: number; sql: string }

/** The journal decides the order; a migration without its text is a build error, found at the first start. */
export function listMigrations(): Migration[] {
  return journal.entries.map((entry) => {
    const sql = texts[entry.tag]
    if (sql === undefined)
      throw new Error(`migration ${entry.tag} is in the journal but not bundled`)
    return { name: entry.tag, when: entry.when, sql }
  })
}

/** Names of the migrations a database has had. */
export const listApplied = (sqlite: Database): string[] =>
  sqlite
    .query<{ name: string }, []>('SELECT name FROM migrations ORDER BY name')
    .all()
    .map((row) => row.name)

/** Throws `data.refused` for a database that has had one this version does not know. */
export function refuseNewer(path: string, applied: readonly string[]): void {
  const known = listMigrations().map(({ name }) => name)
  const strange = applied.find((name) => !known.includes(name))
  if (strange === undefined) return
  throw new AppError(
    'data.refused',
    `The database ${path} was written by a newer version of Klaudio (it has "${strange}", this version ends at "${known.at(-1)}"). Start that version, or restore a backup of this one.`,
    { details: { reason: 'newer', path } },
  )
}
