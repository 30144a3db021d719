/** What tasks are made from: teams, repositories and what opens those. */
import * as v from 'valibot'
import {
  type CreateCredential,
  Credential,
  CredentialList,
  type UpdateCredential,
} from '#contract/credential.ts'
import { type RepoMemory, RepoMemoryAnswer } from '#contract/repo-memory.ts'
import { RepoTemplate, RepoTemplateList, type UpdateRepoTemplate } from '#contract/repo-template.ts'
import { SourceCheck } from '#contract/source.ts'
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

export const repositories = createCache<RepoTemplate[]>(
  async () => (await ask(RepoTemplateList, '/api/repo-templates')).templates,
)

/** Makes one, or changes the one of that id. */
export async function saveRepository(
  input: UpdateRepoTemplate,
  templateId?: string,
): Promise<RepoTemplate> {
  const saved = await (templateId === undefined
    ? ask(RepoTemplate, '/api/repo-templates', { method: 'POST', body: input })
    : ask(RepoTemplate, `/api/repo-templates/${id(templateId)}`, { method: 'PUT', body: input }))
  await Promise.all([repositories.refresh(all), credentials.refresh(all)])
  return saved
}

export async function removeRepository(templateId: string): Promise<void> {
  await ask(Anything, `/api/repo-templates/${id(templateId)}`, { method: 'DELETE' })
  await Promise.all([repositories.refresh(all), credentials.refresh(all)])
}

export const testRepository = (templateId: string): Promise<SourceCheck> =>
  ask(SourceCheck, `/api/repo-templates/${id(templateId)}/test`, { method: 'POST' })

/** What is known of a repository, by the id of its template; null: nothing yet. */
export const memories = createCache<RepoMemory | null>(
  async (templateId) => (await ask(RepoMemoryAnswer, memoryPath(templateId))).memory,
)

const memoryPath = (templateId: string): string => `/api/repo-templates/${id(templateId)}/memory`

/** Looks at it now. Rejects with the server's sentence. */
export async function lookAtRepository(templateId: string): Promise<RepoMemory | null> {
  const { memory } = await ask(RepoMemoryAnswer, memoryPath(templateId), { method: 'POST' })
  memories.put(templateId, memory)
  return memory
}

export async function forgetRepository(templateId: string): Promise<void> {
  await ask(Anything, memoryPath(templateId), { method: 'DELETE' })
  memories.put(templateId, null)
}

export const credentials = createCache<Credential[]>(
  async () => (await ask(CredentialList, '/api/credentials')).credentials,
)

export async function createCredential(input: CreateCredential): Promise<Credential> {
  const made = await ask(Credential, '/api/credentials', { method: 'POST', body: input })
  await credentials.refresh(all)
  return made
}

export async function updateCredential(which: string, input: UpdateCredential): Promise<void> {
  await ask(Credential, `/api/credentials/${id(which)}`, { method: 'PUT', body: input })
  await credentials.refresh(all)
}

export async function removeCredential(which: string): Promise<void> {
  await ask(Anything, `/api/credentials/${id(which)}`, { method: 'DELETE' })
  await Promise.all([repositories.refresh(all), credentials.refresh(all)])
}
