/** Repository templates. Tasks keep what they were made of, so all of this is free to change them. */

import type { Vault } from '#auth/vault.ts'
import { deliveryProblems, sourceProblems } from '#contract/delivery.ts'
import type { RepoMemory, RepoMemoryQuery } from '#contract/repo-memory.ts'
import type { RepoTemplate, SaveRepoTemplate, UpdateRepoTemplate } from '#contract/repo-template.ts'
import { toOwnImage } from '#contract/runs-in.ts'
import type { SourceCheck } from '#contract/source.ts'
import type { WebhookReceipt } from '#contract/webhook.ts'
import type { Credentials } from '#credentials/credentials.ts'
import { type Environments, showEnvironment } from '#credentials/environment.ts'
import { getCredential } from '#db/credentials.ts'
import type { Db, Tx } from '#db/open.ts'
import {
  deleteRepoTemplate,
  getRepoTemplate,
  listRepoTemplates,
  type RepoTemplateRow,
  saveRepoTemplate,
} from '#db/repo-templates.ts'
import { forgetReceipt, listReceipts, type WebhookReceiptRow } from '#db/webhooks.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import type { RepoMemories } from '#repo-memory/memories.ts'
import { parseRemote } from '#workspaces/source.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { refuse } from './refuse.ts'

export type RepoTemplates = {
  list(): RepoTemplate[]
  /** Throws `template.not-found`, as do the rest. */
  get(id: string): RepoTemplate
  /** Throws `request.invalid` for what cannot go together, `source.invalid` for an address that is none. */
  create(input: SaveRepoTemplate): RepoTemplate
  /** What is absent stays as it is. */
  update(id: string, input: UpdateRepoTemplate): RepoTemplate
  remove(id: string): void
  /** Looks at the repository with its credential. Throws what `checkSource` throws. */
  test(id: string, signal?: AbortSignal): Promise<SourceCheck>
  /** What is known of its repository: of a commit, else the newest of a branch, its own unless told. */
  memory(id: string, query: RepoMemoryQuery): RepoMemory | undefined
  /** Looks at its repository now. Undefined when that has no commits; throws what `checkSource` throws. */
  look(id: string, signal?: AbortSignal): Promise<RepoMemory | undefined>
  /** Forgets what is known of its repository. */
  forget(id: string): void
}

type Options = {
  db: Db
  vault: Pick<Vault, 'seal' | 'remove'>
  credentials: Pick<Credentials, 'createIn' | 'reveal'>
  workspaces: Pick<Workspaces, 'checkSource'>
  memories: Pick<RepoMemories, 'find' | 'look' | 'clear'>
  environments: Pick<Environments, 'store' | 'remove'>
  clock: Clock
  newId: () => string
}

export function createRepoTemplates(options: Options): RepoTemplates {
  const { db, vault, credentials, workspaces, memories, environments, clock, newId } = options
  const shown = (id: string): RepoTemplate =>
    toTemplate(getRepoTemplate(db, id), listReceipts(db).get(id))
  const save = (input: SaveRepoTemplate, old?: RepoTemplateRow): RepoTemplate => {
    const { access_token: token, webhook_secret: hookSecret, ...rest } = input
    check(rest)
    const now = clock.now()
    const own = { id: old?.id ?? newId(), createdAt: old?.createdAt ?? now, updatedAt: now }
    db.transaction((tx) => {
      const named = rest.credential_id ?? null
      // Looked at first: a token that is refused leaves nothing, not even the key it would have been sealed with.
      if (token || named !== null) parseRemote(rest.url, { login: loginFor(tx, token, named) })
      const credentialId = token ? storeToken(credentials, tx, { name: rest.name, token }) : named
      const environment = environments.store(tx, rest.environment, old?.environment ?? [])
      const webhookSecretId = keepSecret(vault, tx, {
        wanted: hookSecret,
        old: old?.webhookSecretId ?? null,
      })
      saveRepoTemplate(tx, { ...toRow(rest), ...own, credentialId, environment, webhookSecretId })
      // What came under another secret says nothing of this one.
      if (hookSecret !== undefined) forgetReceipt(tx, own.id)
    })
    return shown(own.id)
  }
  return {
    list() {
      const receipts = listReceipts(db)
      return listRepoTemplates(db).map((row) => toTemplate(row, receipts.get(row.id)))
    },
    get: shown,
    create: (input) => save(input),
    update(id, input) {
      const old = getRepoTemplate(db, id)
      // A key that is there has a value: absent ones are left out by the schema.
      return save({ ...toInput(old), ...(input as Partial<SaveRepoTemplate>) }, old)
    },
    remove(id) {
      db.transaction((tx) => {
        const { environment, webhookSecretId } = getRepoTemplate(tx, id)
        environments.remove(tx, environment)
        if (webhookSecretId !== null) vault.remove(tx, webhookSecretId)
        deleteRepoTemplate(tx, id)
      })
    },
    async test(id, signal) {
      const place = placeOf(getRepoTemplate(db, id), credentials)
      return await workspaces.checkSource({ ...place, ...(signal ? { signal } : {}) })
    },
    memory(id, query) {
      const { url, defaultBranch } = getRepoTemplate(db, id)
      const found = memories.find(url, { ...query, branch: query.branch ?? defaultBranch })
      return found && { ...found, repo_template_id: id }
    },
    async look(id, signal) {
      const place = placeOf(getRepoTemplate(db, id), credentials)
      const found = await memories.look({ ...place, ...(signal ? { signal } : {}) })
      return found && { ...found, repo_template_id: id }
    },
    forget: (id) => memories.clear(getRepoTemplate(db, id).url),
  }
}

/** Where its repository is, and what opens it. */
function placeOf(
  { url, defaultBranch: ref, depth, credentialId }: RepoTemplateRow,
  credentials: Pick<Credentials, 'reveal'>,
) {
  const source = { kind: 'git', url, ref, ...(depth !== null && { depth }) } as const
  return { source, ...(credentialId !== null && { token: credentials.reveal(credentialId) }) }
}

/** What kind of login the address has to allow. */
function loginFor(tx: Tx, token: string | null | undefined, named: string | null) {
  const isKey = !token && named !== null && getCredential(tx, named).kind === 'ssh-key'
  return isKey ? { privateKey: '' } : 'a token'
}

/** Under the name of the template, or the next one like it that is free. */
function storeToken(
  credentials: Pick<Credentials, 'createIn'>,
  tx: Tx,
  { name, token }: { name: string; token: string },
): string {
  for (let number = 1; ; number++) {
    const wanted = number === 1 ? `${name} token` : `${name} token ${number}`
    try {
      return credentials.createIn(tx, { kind: 'token', name: wanted, token })
    } catch (error) {
      if (!isNameTaken(error)) throw error
    }
  }
}

const isNameTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'credential.name-taken'

/** Absent: as it was; null or empty: none. */
function keepSecret(
  vault: Pick<Vault, 'seal' | 'remove'>,
  tx: Tx,
  { wanted, old }: { wanted: string | null | undefined; old: string | null },
): string | null {
  if (wanted === undefined) return old
  if (old !== null) vault.remove(tx, old)
  return wanted ? vault.seal(tx, wanted) : null
}

type Input = Omit<SaveRepoTemplate, 'access_token' | 'webhook_secret'>

function check(input: Input): void {
  const { url } = parseRemote(input.url, {})
  const { delivery } = toRow(input)
  const source = { kind: 'git', url, ref: input.default_branch } as const
  const problems = [...deliveryProblems(delivery), ...sourceProblems(delivery, source)]
  if (problems.length > 0) throw refuse(problems.map((message) => ({ path: '', message })))
}

function toRow(
  input: Input,
): Omit<RepoTemplateRow, 'id' | 'createdAt' | 'updatedAt' | 'environment' | 'webhookSecretId'> {
  const { name, url, default_branch, credential_id, enable_memory, environment: _, ...rest } = input
  const { depth, pr_target, forge, forge_url, max_follow_ups, issue_label, ...others } = rest
  const {
    auto_fix_checks,
    auto_address_comments,
    setup_commands,
    setup_secrets,
    runs_in,
    ...flags
  } = others
  const delivery = {
    ...flags,
    pr_target: pr_target ?? default_branch,
    ...(forge && { forge }),
    ...(forge_url && { forge_url }),
    ...(auto_fix_checks && { auto_fix_checks }),
    ...(auto_address_comments && { auto_address_comments }),
    ...(typeof max_follow_ups === 'number' && { max_follow_ups }),
  }
  return {
    ...{ name, url, delivery },
    defaultBranch: default_branch,
    depth: depth ?? null,
    credentialId: credential_id ?? null,
    enableMemory: enable_memory,
    issueLabel: issue_label || null,
    setupCommands: setup_commands,
    setupSecrets: setup_secrets,
    runsIn: toOwnImage(runs_in),
  }
}

function toInput({
  name,
  url,
  defaultBranch,
  depth,
  credentialId,
  delivery,
  enableMemory,
  environment,
  issueLabel,
  setupCommands,
  setupSecrets,
  runsIn,
}: RepoTemplateRow): Input {
  const { work_branch: _, ...rest } = delivery
  return {
    ...{ name, url, depth, ...rest },
    default_branch: defaultBranch,
    credential_id: credentialId,
    enable_memory: enableMemory,
    environment: showEnvironment(environment),
    issue_label: issueLabel,
    setup_commands: setupCommands,
    setup_secrets: setupSecrets,
    runs_in: runsIn,
  }
}

function toTemplate(row: RepoTemplateRow, receipt: WebhookReceiptRow | undefined): RepoTemplate {
  const { work_branch: _, pr_target, ...delivery } = row.delivery
  return {
    ...{ id: row.id, name: row.name, url: row.url, default_branch: row.defaultBranch },
    ...(row.depth !== null && { depth: row.depth }),
    ...(row.credentialId !== null && { credential_id: row.credentialId }),
    ...delivery,
    pr_target: pr_target ?? row.defaultBranch,
    enable_memory: row.enableMemory,
    environment: showEnvironment(row.environment),
    setup_commands: row.setupCommands,
    setup_secrets: row.setupSecrets,
    runs_in: row.runsIn ?? { kind: 'standard' },
    has_webhook_secret: row.webhookSecretId !== null,
    ...(receipt && row.webhookSecretId !== null && { webhook: toReceipt(receipt) }),
    ...(row.issueLabel !== null && { issue_label: row.issueLabel }),
    created_at: toIso(row.createdAt),
    updated_at: toIso(row.updatedAt),
  }
}

const toReceipt = ({ receivedAt, effect, taskId, error }: WebhookReceiptRow): WebhookReceipt => ({
  ...{ received_at: toIso(receivedAt), effect },
  ...(taskId !== null && { task_id: taskId }),
  ...(error !== null && { error }),
})
