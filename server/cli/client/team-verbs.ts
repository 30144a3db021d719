/** `klaudio team ...`: the team templates of the server, and as files. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { TeamRole, TeamTemplate } from '#contract/team.ts'
import type { Api } from './api.ts'
import { type Call, fileText, isSet, print, wordOf } from './call.ts'
import { mayRemove, pickNamed, writeOut } from './named.ts'
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
  const { api } = call
  const team = await findTeam(api, wordOf(call, 0))
  await writeOut(call, await (await api.read(`${pathOf(team)}/export`)).text())
  return 0
}

export async function removeTeam(call: Call): Promise<number> {
  const team = await findTeam(call.api, wordOf(call, 0))
  if (!(await mayRemove(call, `the team "${toSafeLine(team.name)}"`))) return exitCodes.stopped
  const answer = await call.api.send<{ status: string }>('DELETE', pathOf(team))
  await print(call, answer, () => [`Removed: ${toSafeLine(team.name)}`])
  return 0
}

export const findTeam = async (api: Api, typed: string): Promise<TeamTemplate> =>
  pickNamed(await readTeams(api), typed, {
    ...{ noun: 'team', nouns: 'teams', code: 'template.not-found' },
  })
