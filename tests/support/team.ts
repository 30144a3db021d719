import type { SaveTeam, TeamRole, TeamSnapshot } from '#contract/team.ts'
import { checkTeam } from '#contract/team-rules.ts'

export const role = (name: string, more: Partial<TeamRole> = {}): TeamRole => ({
  ...{ name, description: '', prompt_hint: '', max_instances: 0, run_last: false, model: '' },
  ...{ allowed_tools: [], disallowed_tools: [] },
  ...more,
})

/** As a task keeps it. */
export function team(more: Partial<Omit<SaveTeam, 'roles'>> & { roles: TeamRole[] }): TeamSnapshot {
  const check = checkTeam({ name: 'A team', mode: 'parallel', ...more })
  if (!check.ok) throw new Error(check.problems.map(({ message }) => message).join(' '))
  const { is_default: _, ...rest } = check.team
  return { id: 'a-team', ...rest }
}
