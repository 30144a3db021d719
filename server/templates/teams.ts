/** Team templates. Tasks keep a copy of theirs, so all of this is free to change them. */
import { AppError } from '#contract/errors.ts'
import type { ImportTeam, SaveTeam, TeamTemplate, UpdateTeam } from '#contract/team.ts'
import { type CheckedTeam, checkTeam } from '#contract/team-rules.ts'
import type { Db } from '#db/open.ts'
import {
  deleteTeam,
  findTeamByName,
  getTeam,
  listTeams,
  saveTeam,
  type TeamRow,
} from '#db/team-templates.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { refuse } from './refuse.ts'
import { formatTeam, parseTeam } from './team-yaml.ts'

export type Teams = {
  list(): TeamTemplate[]
  /** Throws `template.not-found`, as do the rest. */
  get(id: string): TeamTemplate
  /** Throws `request.invalid` with all problems in `details.problems`. */
  create(input: SaveTeam): TeamTemplate
  /** What is absent stays as it is. */
  update(id: string, input: UpdateTeam): TeamTemplate
  remove(id: string): void
  /** As a YAML file that `importYaml` takes. */
  exportYaml(id: string): { name: string; yaml: string }
  /** Throws `template.name-taken` when there is one of that name that may not be replaced. */
  importYaml(input: ImportTeam): { team: TeamTemplate; isNew: boolean }
}

export function createTeams({
  db,
  clock,
  newId,
}: {
  db: Db
  clock: Clock
  newId: () => string
}): Teams {
  const save = (team: CheckedTeam, old?: TeamRow): TeamTemplate => {
    const now = clock.now()
    const { max_agents, max_fix_rounds, serialize_conflicts, is_default, ...rest } = team
    const own = { id: old?.id ?? newId(), createdAt: old?.createdAt ?? now, updatedAt: now }
    const renamed = {
      ...{ maxAgents: max_agents, maxFixRounds: max_fix_rounds, isDefault: is_default },
      serializeConflicts: serialize_conflicts,
    }
    db.transaction((tx) => saveTeam(tx, { ...rest, ...renamed, ...own }))
    return toTeam(getTeam(db, own.id))
  }
  return {
    list: () => listTeams(db).map(toTeam),
    get: (id) => toTeam(getTeam(db, id)),
    create: (input) => save(toValid(input)),
    update(id, input) {
      const old = getTeam(db, id)
      const { id: _, created_at: __, updated_at: ___, ...present } = toTeam(old)
      return save(toValid({ ...present, ...input }), old)
    },
    remove(id) {
      getTeam(db, id)
      deleteTeam(db, id)
    },
    exportYaml(id) {
      const team = toTeam(getTeam(db, id))
      return { name: team.name, yaml: formatTeam(team) }
    },
    importYaml({ yaml, replace }) {
      const team = parseTeam(yaml)
      const old = findTeamByName(db, team.name)
      if (old && !replace)
        throw new AppError(
          'template.name-taken',
          `There is a team "${old.name}" already. Replace it, or give the team in the file another name.`,
          { details: { id: old.id } },
        )
      // A file says what a team is, not which one is chosen here.
      const kept = { ...team, is_default: old?.isDefault ?? false }
      return { team: save(kept, old), isNew: old === undefined }
    },
  }
}

function toValid(input: unknown): CheckedTeam {
  const check = checkTeam(input)
  if (check.ok) return check.team
  throw refuse(check.problems)
}

const toTeam = ({
  maxAgents,
  maxFixRounds,
  serializeConflicts,
  isDefault,
  createdAt,
  updatedAt,
  ...row
}: TeamRow): TeamTemplate => ({
  ...row,
  max_agents: maxAgents,
  max_fix_rounds: maxFixRounds,
  serialize_conflicts: serializeConflicts,
  is_default: isDefault,
  created_at: toIso(createdAt),
  updated_at: toIso(updatedAt),
})
