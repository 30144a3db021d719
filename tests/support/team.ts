import type { SaveTeam, TeamRole, TeamSnapshot } from '#contract/team.ts'
import { checkTeam } from '#contract/team-rules.ts'
import type { Tx } from '#db/open.ts'
import { saveTeam } from '#db/team-templates.ts'

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

/** Makes it a template that tasks can be given; returns its id. */
export function giveTeam(tx: Tx, snapshot: TeamSnapshot): string {
  const { max_agents: maxAgents, max_fix_rounds, serialize_conflicts, ...rest } = snapshot
  saveTeam(tx, {
    ...rest,
    ...{ maxAgents, isDefault: false, createdAt: 1, updatedAt: 1 },
    maxFixRounds: max_fix_rounds ?? null,
    serializeConflicts: serialize_conflicts ?? false,
  })
  return rest.id
}
