/** `klaudio repo ...`: the repository templates of the server, also as files. A file names a credential and holds none. */
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { exitCodes } from '#cli/exit-codes.ts'
import type { RepoMemory } from '#contract/repo-memory.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { describeRunsIn, parseRunsIn, type RunsIn } from '#contract/runs-in.ts'
import type { SourceCheck } from '#contract/source.ts'
import { webhookEffectWords, webhookPath } from '#contract/webhook.ts'
import type { Api } from './api.ts'
import { type Call, fileText, isSet, numberOf, optionOf, print, wordOf } from './call.ts'
import { describeSource, findCredential, readCredentials } from './credential-verbs.ts'
import { Failure, usage } from './failure.ts'
import { mayRemove, pickNamed, writeOut } from './named.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'
import { renderTable } from './table.ts'
import { shortId } from './words.ts'

const path = '/api/repo-templates'
const pathOf = ({ id }: Pick<RepoTemplate, 'id'>): string => `${path}/${encodeURIComponent(id)}`

const readRepos = async (api: Api): Promise<RepoTemplate[]> =>
  (await api.get<{ templates: RepoTemplate[] }>(path)).templates

export const findRepo = async (api: Api, typed: string): Promise<RepoTemplate> =>
  pickNamed(await readRepos(api), typed, {
    ...{ noun: 'repository', nouns: 'repositories', code: 'template.not-found' },
  })

export async function listRepos(call: Call): Promise<number> {
  const templates = await readRepos(call.api)
  await print(call, { templates }, () => {
    if (templates.length === 0) return ['There are no repositories.']
    const rows = templates.map((repo) => [
      shortId(repo.id),
      repo.name,
      repo.url,
      repo.default_branch,
      describeDelivery(repo),
    ])
    return renderTable(columns, rows, { width: call.terminal.columns, paint: call.paint })
  })
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'NAME', shrinksTo: 12 },
  { title: 'URL', shrinksTo: 16 },
  { title: 'BRANCH', shrinksTo: 8 },
  { title: 'DELIVERY' },
] as const

const describeDepth = ({ depth }: RepoTemplate): string =>
  depth === undefined ? '' : `, its newest ${depth === 1 ? 'commit' : `${depth} commits`}`

function describeDelivery({ auto_pr, auto_push, pr_target }: RepoTemplate): string {
  if (auto_pr) return `pull request for ${toSafeLine(pr_target)}`
  return auto_push ? 'pushed' : 'stays here'
}

export async function showRepo(call: Call): Promise<number> {
  const { api, paint } = call
  const repo = await findRepo(api, wordOf(call, 0))
  const { memory } = await api.get<{ memory: RepoMemory | null }>(`${pathOf(repo)}/memory`)
  const credential = (await readCredentials(api)).find(({ id }) => id === repo.credential_id)
  await print(call, { ...repo, memory }, () => [
    `${toSafeLine(repo.name)}  ${paint.dim(repo.id)}`,
    `${toSafeLine(repo.url)}, ${toSafeLine(repo.default_branch)}${describeDepth(repo)}`,
    `Opened with ${credential ? toSafeLine(credential.name) : 'nothing'}; ${describeDelivery(repo)}`,
    ...(repo.enable_memory ? [] : ['Agents are not told what is known of it.']),
    ...(repo.runs_in.kind === 'standard'
      ? []
      : [`Agents run in an image made from ${toSafeLine(describeRunsIn(repo.runs_in))}.`]),
    '',
    memory ? toSafeText(memory.content).trimEnd() : 'Nothing is known of it yet.',
  ])
  return 0
}

/** Throws for what says nothing. */
export function runsInOf(call: Call): RunsIn | undefined {
  const text = optionOf(call, 'runs-in')
  if (text === undefined) return undefined
  const read = parseRunsIn(text)
  if (read) return read
  throw usage(
    `--runs-in is standard, devcontainer, devcontainer:PATH, dockerfile:PATH or image:NAME, not "${text}".`,
  )
}

export async function createRepo(call: Call): Promise<number> {
  const { api, options } = call
  const branch = optionOf(call, 'branch')
  const depth = numberOf(call, 'depth')
  const target = optionOf(call, 'pr-target')
  const credential = optionOf(call, 'credential')
  const opensRequest = isSet(call, 'pr')
  const pushes = opensRequest || isSet(call, 'push')
  const runsIn = runsInOf(call)
  const input = {
    ...{ name: wordOf(call, 0), url: wordOf(call, 1) },
    ...(branch !== undefined && { default_branch: branch }),
    ...(depth && { depth }),
    ...(credential !== undefined && { credential_id: (await findCredential(api, credential)).id }),
    ...{ auto_branch: true, auto_push: pushes, auto_commit: pushes, auto_pr: opensRequest },
    ...(target !== undefined && { pr_target: target }),
    pr_reviewers: options.get('reviewer') ?? [],
    ...(runsIn !== undefined && { runs_in: runsIn }),
    enable_memory: !isSet(call, 'no-memory'),
  }
  const made = await api.send<RepoTemplate>('POST', path, input)
  await print(call, made, () => [`${shortId(made.id)}  ${toSafeLine(made.name)}`])
  return 0
}

/** Bytes of a secret that is made here. */
const secretBytes = 24

export async function repoWebhook(call: Call): Promise<number> {
  const { api } = call
  const repo = await findRepo(api, wordOf(call, 0))
  const file = optionOf(call, 'secret')
  const label = optionOf(call, 'label')
  const [isMade, isOff] = [isSet(call, 'make'), isSet(call, 'off')]
  if ([file !== undefined, isMade, isOff].filter(Boolean).length > 1)
    throw usage('Give one of --secret, --make and --off.')
  const made = isMade ? randomBytes(secretBytes).toString('base64url') : undefined
  const given = file === undefined ? undefined : (await fileText(call, file)).trim()
  const secret = isOff ? null : (made ?? given)
  const change = {
    ...(secret !== undefined && { webhook_secret: secret }),
    ...(label !== undefined && { issue_label: label || null }),
  }
  const now =
    Object.keys(change).length > 0
      ? await api.send<RepoTemplate>('PUT', pathOf(repo), change)
      : await api.get<RepoTemplate>(pathOf(repo))
  const url = new URL(webhookPath(now.id), api.url).href
  const shown = { ...now, webhook_url: url, ...(made && { webhook_secret: made }) }
  await print(call, shown, () => [
    `Address  ${url}`,
    ...(made ? [`Secret   ${made}  (not shown again)`] : []),
    now.has_webhook_secret ? describeReceipt(now) : 'Nothing is taken: there is no secret.',
    ...(now.issue_label ? [`Open issues with "${toSafeLine(now.issue_label)}" become tasks.`] : []),
  ])
  return 0
}

function describeReceipt({ webhook }: RepoTemplate): string {
  if (!webhook) return 'Nothing has come yet.'
  const { received_at: at, effect, error, task_id: taskId } = webhook
  const what = error
    ? `${webhookEffectWords[effect]}: ${toSafeLine(error)}`
    : webhookEffectWords[effect]
  return `Last received ${at}: ${what}${taskId ? ` (${shortId(taskId)})` : ''}`
}

const heading = '# A repository for Klaudio: "klaudio repo import FILE" takes it.\n'

export async function exportRepo(call: Call): Promise<number> {
  const repo = await findRepo(call.api, wordOf(call, 0))
  const { id: _, credential_id, created_at: __, updated_at: ___, ...others } = repo
  const { has_webhook_secret: ____, webhook: _____, ...rest } = others
  const credential = credential_id && (await findCredential(call.api, credential_id)).name
  const file = { ...rest, ...(credential && { credential }) }
  await writeOut(call, `${heading}${Bun.YAML.stringify(file, null, 2)}\n`)
  return 0
}

export async function importRepo(call: Call): Promise<number> {
  const { api } = call
  const { credential, ...input } = parseFile(await fileText(call, wordOf(call, 0)))
  if (credential !== undefined && typeof credential !== 'string')
    throw usage('The file is wrong: "credential" is the name of one.')
  const credentialId = credential && (await findCredential(api, credential)).id
  const old = (await readRepos(api)).find(({ name }) => name === input.name)
  if (old && !isSet(call, 'replace'))
    throw new Failure(
      exitCodes.conflict,
      `There is a repository "${toSafeLine(old.name)}" already; --replace changes it.`,
      { code: 'template.name-taken' },
    )
  const { environment, missing } = withoutUnknown(input.environment, old)
  const body = {
    ...input,
    ...(environment && { environment }),
    credential_id: credentialId ?? null,
  }
  const kept = old
    ? await api.send<RepoTemplate>('PUT', pathOf(old), body)
    : await api.send<RepoTemplate>('POST', path, body)
  await print(call, kept, () => [`${shortId(kept.id)}  ${toSafeLine(kept.name)}`])
  for (const name of missing)
    call.terminal.note(
      `The secret ${toSafeLine(name)} has no value yet: klaudio repo env ${shortId(kept.id)} --secret ${toSafeLine(name)}`,
    )
  return 0
}

/** A file names secrets and holds none: those that are not here yet are left out, and named. */
function withoutUnknown(
  environment: unknown,
  old: RepoTemplate | undefined,
): { environment?: unknown[]; missing: string[] } {
  if (!Array.isArray(environment)) return { missing: [] }
  const missing: string[] = []
  const kept = environment.filter((each: unknown) => {
    const { success, output } = v.safeParse(Secret, each)
    if (!success) return true
    if (output.value)
      throw usage('A file holds no secret. Give it with "klaudio repo env REPO --secret NAME".')
    const isHere = old?.environment.some((one) => one.is_secret && one.name === output.name)
    if (!isHere) missing.push(output.name)
    return isHere
  })
  return { environment: kept, missing }
}

const Secret = v.object({
  ...{ name: v.string(), is_secret: v.literal(true) },
  value: v.nullish(v.string()),
})

/** What the fields mean is the server's to say. */
function parseFile(text: string): Record<string, unknown> {
  const content = read(text)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw usage('The file holds no repository: it begins with "name:" and has "url:".')
  const fields: Record<string, unknown> = { ...content }
  if ('access_token' in fields)
    throw usage('A file holds no token. Store it with "klaudio credential add" and name it.')
  return fields
}

function read(text: string): unknown {
  try {
    return Bun.YAML.parse(text)
  } catch (error) {
    throw usage(`The file is not valid YAML: ${error instanceof Error ? error.message : ''}`)
  }
}

export async function testRepo(call: Call): Promise<number> {
  const repo = await findRepo(call.api, wordOf(call, 0))
  const found = await call.api.send<SourceCheck>('POST', `${pathOf(repo)}/test`)
  await print(call, found, () => [describeSource(found)])
  return 0
}

export async function lookAtRepo(call: Call): Promise<number> {
  const { api } = call
  const repo = await findRepo(api, wordOf(call, 0))
  if (isSet(call, 'forget')) {
    const answer = await api.send<{ status: string }>('DELETE', `${pathOf(repo)}/memory`)
    await print(call, answer, () => [`Forgotten: what was known of ${toSafeLine(repo.name)}`])
    return 0
  }
  const found = await api.send<{ memory: RepoMemory | null }>('POST', `${pathOf(repo)}/memory`)
  await print(call, found, () => [
    found.memory ? toSafeText(found.memory.content).trimEnd() : 'There is no commit in it yet.',
  ])
  return 0
}

export async function removeRepo(call: Call): Promise<number> {
  const repo = await findRepo(call.api, wordOf(call, 0))
  if (!(await mayRemove(call, `the repository "${toSafeLine(repo.name)}"`)))
    return exitCodes.stopped
  const answer = await call.api.send<{ status: string }>('DELETE', pathOf(repo))
  await print(call, answer, () => [`Removed: ${toSafeLine(repo.name)}`])
  return 0
}
