/** `klaudio repo setup`, `klaudio repo env` and `klaudio setup ...`: what agents of a repository begin with. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { ShownVariable } from '#contract/repo-environment.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { KeptSetup, KeptSetupList } from '#contract/setup.ts'
import { type Call, fileText, isSet, optionOf, print, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { mayRemove } from './named.ts'
import { findRepo } from './repo-verbs.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { formatBytes, plural } from './words.ts'

const pathOf = ({ id }: Pick<RepoTemplate, 'id'>): string =>
  `/api/repo-templates/${encodeURIComponent(id)}`

export async function repoSetup(call: Call): Promise<number> {
  const repo = await findRepo(call.api, wordOf(call, 0))
  const file = wordOf(call, 1)
  const [isClear, isWith, isWithout] = [
    isSet(call, 'clear'),
    isSet(call, 'with-secrets'),
    isSet(call, 'without-secrets'),
  ]
  if (isClear && file !== '') throw usage('Give either FILE or --clear, not both.')
  if (isWith && isWithout) throw usage('Give either --with-secrets or --without-secrets, not both.')
  const commands = isClear ? [] : file === '' ? undefined : toLines(await fileText(call, file))
  const change = {
    ...(commands && { setup_commands: commands }),
    ...((isWith || isWithout) && { setup_secrets: isWith }),
  }
  const now = await changed(call, repo, change)
  await print(call, now, () =>
    now.setup_commands.length === 0
      ? ['There are no setup commands.']
      : [
          ...now.setup_commands.map(toSafeLine),
          now.setup_secrets ? 'They see the secrets.' : 'They do not see the secrets.',
        ],
  )
  return 0
}

export async function repoEnvironment(call: Call): Promise<number> {
  const { options } = call
  const repo = await findRepo(call.api, wordOf(call, 0))
  const secret = optionOf(call, 'secret')
  const file = optionOf(call, 'value')
  if (file !== undefined && secret === undefined)
    throw usage('--value is where the value of --secret is read from; give that, too.')
  const gone = options.get('unset') ?? []
  const missing = gone.find((name) => !repo.environment.some((each) => each.name === name))
  if (missing !== undefined)
    throw new Failure(exitCodes.notFound, `There is no variable ${toSafeLine(missing)}.`, {
      code: 'request.invalid',
    })
  const others = [
    ...(options.get('set') ?? []).map(toVariable),
    ...(secret === undefined ? [] : [await readSecret(call, secret, file)]),
  ]
  const kept = repo.environment.filter(
    ({ name }) => !gone.includes(name) && !others.some((each) => each.name === name),
  )
  const isChange = gone.length > 0 || others.length > 0
  const now = await changed(call, repo, isChange ? { environment: [...kept, ...others] } : {})
  await print(call, now.environment, () =>
    now.environment.length === 0
      ? ['There are no variables.']
      : now.environment.map(({ name, value, is_secret }) =>
          is_secret ? `${name}  (a secret)` : `${name}=${toSafeLine(value ?? '')}`,
        ),
  )
  return 0
}

async function changed(
  { api }: Call,
  repo: RepoTemplate,
  change: Record<string, unknown>,
): Promise<RepoTemplate> {
  if (Object.keys(change).length === 0) return repo
  return await api.send<RepoTemplate>('PUT', pathOf(repo), change)
}

const toLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

function toVariable(text: string): ShownVariable {
  const at = text.indexOf('=')
  if (at < 1) throw usage(`--set takes NAME=VALUE, not "${toSafeLine(text)}".`)
  return { name: text.slice(0, at), value: text.slice(at + 1), is_secret: false }
}

async function readSecret(call: Call, name: string, file = '-'): Promise<ShownVariable> {
  if (name.includes('='))
    throw usage('--secret takes a name alone: its value is read from stdin, or from --value FILE.')
  const value = (await fileText(call, file)).replace(/\r?\n$/, '')
  if (value === '') throw usage(`The secret ${toSafeLine(name)} has no value.`)
  return { name, value, is_secret: true }
}

const path = '/api/setups'

const readSetups = (call: Call): Promise<KeptSetupList> => call.api.get<KeptSetupList>(path)

export async function listSetups(call: Call): Promise<number> {
  const kept = await readSetups(call)
  await print(call, kept, () => {
    if (kept.setups.length === 0) return ['There are no kept setups.']
    const rows = kept.setups.map((each) => [
      each.id,
      formatBytes(each.bytes),
      each.used_at,
      String(each.tasks),
      each.repository,
      each.commands.join('; '),
    ])
    return renderTable(columns, rows, { width: call.terminal.columns, paint: call.paint })
  })
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'SIZE' },
  { title: 'LAST USED' },
  { title: 'TASKS' },
  { title: 'REPOSITORY', shrinksTo: 12 },
  { title: 'COMMANDS', shrinksTo: 12 },
] as const

export async function clearSetups(call: Call): Promise<number> {
  const { setups } = await readSetups(call)
  const typed = wordOf(call, 0)
  const going = typed === '' ? setups.filter(({ tasks }) => tasks === 0) : [pick(setups, typed)]
  if (going.length === 0) {
    await print(call, { removed: [] }, () => ['There is nothing to remove.'])
    return 0
  }
  const bytes = going.reduce((sum, each) => sum + each.bytes, 0)
  const what = `${plural(going.length, 'kept setup')}, ${formatBytes(bytes)}`
  if (!(await mayRemove(call, what))) return exitCodes.stopped
  for (const { id } of going) await call.api.send('DELETE', `${path}/${encodeURIComponent(id)}`)
  await print(call, { removed: going.map(({ id }) => id) }, () => [`Removed: ${what}`])
  return 0
}

function pick(setups: readonly KeptSetup[], typed: string): KeptSetup {
  const matching = setups.filter(({ id }) => id.startsWith(typed))
  const [only, ...others] = matching
  if (only && others.length === 0) return only
  throw new Failure(
    exitCodes.notFound,
    only
      ? `Several kept setups begin with "${toSafeLine(typed)}"; give more of the id.`
      : `There is no kept setup "${toSafeLine(typed)}"; "klaudio setup list" has them.`,
    { code: 'setup.not-found' },
  )
}
