/** What tasks are made from: teams, repositories and what opens those. */
import * as v from 'valibot'
import { type SaveTeam, TeamList, TeamTemplate } from '#contract/team.ts'
import { ask } from './api.ts'
import { createCache } from './cache.ts'

const Anything = v.unknown()
const all = 'all'
const id = encodeURIComponent

export const teams = createCache<TeamTemplate[]>(
  async () => (await ask(TeamList, '/api/team-templates')).templates,
)

/** Makes one, or changes the one of that id. Rejects with the server's sentence. */
export async function saveTeam(team: SaveTeam, teamId?: string): Promise<TeamTemplate> {
  const saved = await (teamId === undefined
    ? ask(TeamTemplate, '/api/team-templates', { method: 'POST', body: team })
    : ask(TeamTemplate, `/api/team-templates/${id(teamId)}`, { method: 'PUT', body: team }))
  await teams.refresh(all)
  return saved
}

export async function removeTeam(teamId: string): Promise<void> {
  await ask(Anything, `/api/team-templates/${id(teamId)}`, { method: 'DELETE' })
  await teams.refresh(all)
}

export async function importTeam(yaml: string, replace: boolean): Promise<TeamTemplate> {
  const body = { yaml, replace }
  const team = await ask(TeamTemplate, '/api/team-templates/import', { method: 'POST', body })
  await teams.refresh(all)
  return team
}

export const teamFileUrl = (teamId: string): string => `/api/team-templates/${id(teamId)}/export`
