/** What the editor of a team holds, what is wrong with it, and what becomes of it. Numbers and lists are texts while they are typed. */
import * as v from 'valibot'
import { type PermissionMode, permissionModes } from '#contract/permission.ts'
import { type SaveTeam, type TeamRole, type TeamTemplate, teamModes } from '#contract/team.ts'
import { checkTeam } from '#contract/team-rules.ts'

const texts = {
  name: v.fallback(v.string(), ''),
  description: v.fallback(v.string(), ''),
}
const RoleForm = v.object({
  ...texts,
  prompt_hint: v.fallback(v.string(), ''),
  max_instances: v.fallback(v.string(), ''),
  run_last: v.fallback(v.boolean(), false),
  model: v.fallback(v.string(), ''),
  permission_mode: v.fallback(v.picklist(['', ...permissionModes]), ''),
  allowed_tools: v.fallback(v.string(), ''),
  disallowed_tools: v.fallback(v.string(), ''),
})
export type RoleForm = v.InferOutput<typeof RoleForm>

const TeamForm = v.object({
  ...texts,
  mode: v.fallback(v.picklist(teamModes), 'sequential'),
  max_agents: v.fallback(v.string(), ''),
  max_fix_rounds: v.fallback(v.string(), ''),
  review: v.fallback(v.boolean(), false),
  serialize_conflicts: v.fallback(v.boolean(), false),
  is_default: v.fallback(v.boolean(), false),
  roles: v.fallback(v.array(RoleForm), []),
})
export type TeamForm = v.InferOutput<typeof TeamForm>

export const emptyRole = (name = ''): RoleForm => ({ ...v.parse(RoleForm, {}), name })

export const emptyTeam = (): TeamForm => ({
  ...v.parse(TeamForm, {}),
  max_agents: '3',
  roles: [emptyRole('developer')],
})

export const toTeamForm = (team: TeamTemplate): TeamForm => ({
  ...{ name: team.name, description: team.description, mode: team.mode },
  ...{ review: team.review, is_default: team.is_default, max_agents: String(team.max_agents) },
  max_fix_rounds: typeof team.max_fix_rounds === 'number' ? String(team.max_fix_rounds) : '',
  serialize_conflicts: team.serialize_conflicts ?? false,
  roles: team.roles.map(toRoleForm),
})

const toRoleForm = (role: TeamRole): RoleForm => ({
  ...{ name: role.name, description: role.description, prompt_hint: role.prompt_hint },
  ...{ run_last: role.run_last, model: role.model, permission_mode: role.permission_mode ?? '' },
  max_instances: role.max_instances > 0 ? String(role.max_instances) : '',
  allowed_tools: role.allowed_tools.join('\n'),
  disallowed_tools: role.disallowed_tools.join('\n'),
})

/** As the server takes it; what is no number goes as it is, so that it is refused in words. */
export const toSaveTeam = (form: TeamForm): SaveTeam => ({
  ...form,
  max_agents: toNumber(form.max_agents),
  max_fix_rounds: form.max_fix_rounds.trim() === '' ? null : Number(form.max_fix_rounds),
  roles: form.roles.map((role) => ({
    ...role,
    max_instances: toNumber(role.max_instances),
    permission_mode: toMode(role.permission_mode),
    allowed_tools: toList(role.allowed_tools),
    disallowed_tools: toList(role.disallowed_tools),
  })),
})

const toNumber = (text: string): number => (text.trim() === '' ? 0 : Number(text))
const toMode = (text: string): PermissionMode | null =>
  permissionModes.find((mode) => mode === text) ?? null
const toList = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** By the path of their field, `roles.1.name`; those of a list are at the list. Empty when all is well. */
export function teamProblems(form: TeamForm): Record<string, string> {
  const check = checkTeam(toSaveTeam(form))
  if (check.ok) return {}
  const byField = check.problems.map(({ path, message }) => [
    path.replace(/(_tools)\.\d+$/, '$1'),
    message,
  ])
  return Object.fromEntries(byField.reverse())
}

/** What a browser kept of an edit; undefined when there is none. */
export function readTeamDraft(text: string): TeamForm | undefined {
  const draft = v.safeParse(v.pipe(v.string(), v.parseJson(), TeamForm), text)
  return draft.success ? draft.output : undefined
}
