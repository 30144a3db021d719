/** Where a task begins and what opens it: a source of its own, or a repository template with what this task wants otherwise. */

import type { Vault } from '#auth/vault.ts'
import type { DeliverySettings } from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import type { KeptVariable } from '#contract/repo-environment.ts'
import { type RunsIn, toOwnImage } from '#contract/runs-in.ts'
import type { CreateTask, TaskSource } from '#contract/task.ts'
import type { Credentials } from '#credentials/credentials.ts'
import { getCredential } from '#db/credentials.ts'
import type { Tx } from '#db/open.ts'
import { getRepoTemplate, type RepoTemplateRow } from '#db/repo-templates.ts'
import type { SetupWish } from '#db/setups.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { GitLogin } from '#git/login.ts'

export type Origin = {
  source: TaskSource
  credentialId: string | null
  repoTemplate: string | null
  /** A template says whether; a repository that the task names itself is looked at. */
  enableMemory: boolean
  /** Of the template: the task gets a copy. */
  environment: KeptVariable[]
  /** The same of what is run before agents start. */
  setup: SetupWish
  delivery: DeliverySettings | undefined
}

/** Throws `template.not-found`, `credential.not-found`, or `request.invalid` for what says the same thing twice. */
export function originOf(tx: Tx, input: CreateTask): Origin {
  const credentialId = input.credential_id || null
  if (credentialId !== null) {
    getCredential(tx, credentialId)
    if (input.access_token !== undefined) throw twice('credential_id or access_token')
  }
  const { repo_template_id: templateId, source, delivery } = input
  if (!templateId) {
    const enableMemory = source.kind === 'git' || source.kind === 'local'
    const none = {
      repoTemplate: null,
      environment: [],
      setup: { commands: [], withSecrets: false, ...runsInOf(input, null) },
    }
    return { source, credentialId, enableMemory, delivery, ...none }
  }
  const template = getRepoTemplate(tx, templateId)
  const isSame = source.kind === 'git' && source.url === template.url
  if (source.kind !== 'empty' && !isSame) throw twice('source or repo_template_id')
  const { depth, ...flags } = input.repo_overrides ?? {}
  const overrides = Object.entries(flags).filter(([, value]) => typeof value === 'boolean')
  return {
    source: placeIn(template, source, depth),
    credentialId: input.access_token === undefined ? (credentialId ?? template.credentialId) : null,
    repoTemplate: template.id,
    enableMemory: template.enableMemory,
    environment: template.environment,
    setup: {
      ...{ commands: template.setupCommands, withSecrets: template.setupSecrets },
      ...runsInOf(input, template.runsIn),
    },
    delivery: delivery ?? overridden({ ...template.delivery, ...Object.fromEntries(overrides) }),
  }
}

/** Where in the repository of a template; `depth` is what the task wants otherwise. */
function placeIn(
  { url, defaultBranch, depth: usual }: RepoTemplateRow,
  source: TaskSource,
  depth: number | null | undefined,
): TaskSource {
  const own = source.kind === 'git' ? source : undefined
  // 0 is how a task says that it wants the whole history.
  const wanted = own?.depth ?? depth ?? usual
  const ref = own?.ref ?? defaultBranch
  return { kind: 'git', url, ref, ...(wanted ? { depth: wanted } : {}) }
}

const runsInOf = ({ runs_in: own }: CreateTask, ofTemplate: RunsIn | null) => ({
  runsIn: toOwnImage(own ?? ofTemplate),
  hasOwnRunsIn: own != null,
})

/** What is about a pull request goes with it. */
function overridden(settings: DeliverySettings): DeliverySettings {
  if (settings.auto_pr) return settings
  const { auto_fix_checks: _, auto_address_comments: __, ...rest } = settings
  return rest
}

const twice = (what: string): AppError =>
  new AppError('request.invalid', `Give either ${what}, not both.`)

/** What opens the task's source, and takes its work. Throws `credentials.missing` when it does not open any more. */
export function loginOf(
  { vault, credentials }: { vault: Pick<Vault, 'open'>; credentials: Pick<Credentials, 'reveal'> },
  { secretId, credentialId }: Pick<TaskRow, 'secretId' | 'credentialId'>,
): GitLogin | undefined {
  if (credentialId !== null) return credentials.reveal(credentialId)
  return secretId === null ? undefined : vault.open(secretId)
}
