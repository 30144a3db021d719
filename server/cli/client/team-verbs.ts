/** `klaudio team ...`: the team templates of the server, and as files. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import { toMessage } from '#contract/errors.ts'
import type { TeamRole, TeamTemplate } from '#contract/team.ts'
import type { Api } from './api.ts'
import { type Call, fileText, isSet, optionOf, print, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'
import { renderTable } from './table.ts'
import { plural, shortId } from './words.ts'

const path = '/api/team-templates'
const pathOf = ({ id }: TeamTemplate): string => `${path}/${encodeURIComponent(id)}`

const readTeams = async (api: Api): Promise<TeamTemplate[]> =>
  (await api.get<{ templates: TeamTemplate[] }>(path)).templates

export async function listTeams(call: Call): Promise<number> {
  const templates = await readTeams(call.api)
  await print(call, { templates }, () => {
    if (templates.length === 0) return ['There are no teams.']
    const rows = templates.map((team) => [
      team.id.length > 20 ? shortId(team.id) : team.id,
      team.name,
      team.mode,
      String(team.max_agents),
      team.roles.map(({ name }) => name).join(', '),
    ])
    return renderTable(columns, rows, { width: call.terminal.columns, paint: call.paint })
  })
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'NAME', shrinksTo: 12 },
  { title: 'MODE' },
  { title: 'AGENTS', align: 'right' },
  { title: 'ROLES', shrinksTo: 12 },
] as const

export async function showTeam(call: Call): Promise<number> {
  const team = await findTeam(call.api, wordOf(call, 0))
  await print(call, team, () => [
    `${toSafeLine(team.name)}  ${call.paint.dim(team.id)}`,
    ...(team.description ? [toSafeText(team.description)] : []),
    `${team.mode}, ${plural(team.max_agents, 'agent')} at once${team.review ? ', reviewed' : ''}`,
    ...team.roles.flatMap((role) => renderRole(role)),
  ])
  return 0
}

function renderRole(role: TeamRole): string[] {
  const facts = [
    ...(role.max_instances > 0 ? [`at most ${role.max_instances}`] : []),
    ...(role.run_last ? ['runs last'] : []),
    ...(role.model ? [`model ${role.model}`] : []),
    ...(role.permission_mode ? [role.permission_mode] : []),
    ...(role.disallowed_tools.length > 0 ? [`without ${role.disallowed_tools.join(', ')}`] : []),
  ]
  const head = facts.length > 0 ? `${role.name} (${facts.join(', ')})` : role.name
  return ['', toSafeLine(head), ...(role.description ? [`  ${toSafeLine(role.description)}`] : [])]
}

export async function importTeam(call: Call): Promise<number> {
  const yaml = await fileText(call, wordOf(call, 0))
  const replace = isSet(call, 'replace')
  const team = await call.api.send<TeamTemplate>('POST', `${path}/import`, { yaml, replace })
  await print(call, team, () => [`${team.id}  ${toSafeLine(team.name)}`])
  return 0
}

export async function exportTeam(call: Call): Promise<number> {
  const { api, terminal } = call
  const team = await findTeam(api, wordOf(call, 0))
  const yaml = await (await api.read(`${pathOf(team)}/export`)).text()
  const to = optionOf(call, 'to')
  if (to === undefined) await terminal.write(terminal.isTerminal ? toSafeText(yaml) : yaml)
  else await save(call, resolve(terminal.cwd, to), yaml)
  return 0
}

async function save(call: Call, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: isSet(call, 'force') ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Failure(exitCodes.conflict, `${file} is there already; --force replaces it.`)
    throw usage(`${file} cannot be written: ${toMessage(error)}`)
  }
}

export async function removeTeam(call: Call): Promise<number> {
  const { api, terminal } = call
  const team = await findTeam(api, wordOf(call, 0))
  if (!isSet(call, 'yes')) {
    if (!terminal.canAsk)
      throw usage('Removing cannot be undone; without a terminal to ask on it needs --yes.')
    const answer = await terminal.ask(`Remove the team "${toSafeLine(team.name)}"? [y/N] `)
    if (!isYes(answer ?? '')) {
      terminal.note('Nothing was removed.')
      return exitCodes.stopped
    }
  }
  const answer = await api.send<{ status: string }>('DELETE', pathOf(team))
  await print(call, answer, () => [`Removed: ${toSafeLine(team.name)}`])
  return 0
}

/** By its id, the beginning of it, or its name. */
export async function findTeam(api: Api, typed: string): Promise<TeamTemplate> {
  const teams = await readTeams(api)
  const exact = teams.find(({ id }) => id === typed)
  if (exact) return exact
  const lower = typed.toLowerCase()
  const named = teams.filter(({ name }) => name.toLowerCase() === lower)
  const matching = named.length > 0 ? named : teams.filter(({ id }) => id.startsWith(lower))
  const lines = (some: readonly TeamTemplate[]): string[] =>
    some.map(({ id, name }) => `  ${toSafeLine(id)}  ${toSafeLine(name)}`)
  const [only, ...others] = matching
  if (!only || typed === '')
    throw new Failure(exitCodes.notFound, `There is no team "${toSafeLine(typed)}".`, {
      code: 'template.not-found',
      lines: teams.length > 0 ? ['There are:', ...lines(teams)] : [],
    })
  if (others.length > 0)
    throw usage(`Several teams are called "${toSafeLine(typed)}"; give the id.`, lines(matching))
  return only
}
