/** A team as a file that people keep and pass on. */
import { parseDocument, stringify } from 'yaml'
import { AppError } from '#contract/errors.ts'
import { TeamFile, type TeamRole, type TeamTemplate } from '#contract/team.ts'
import { type CheckedTeam, checkTeam } from '#contract/team-rules.ts'
import { refuse } from './refuse.ts'

const heading = '# A team for Klaudio: "klaudio team import FILE" takes it.\n'

/** Without what is as it would be anyway. */
export function formatTeam(team: TeamTemplate): string {
  const { name, description, mode, max_agents, review, roles, max_fix_rounds } = team
  const file = {
    ...{ name, description, mode, max_agents, review },
    ...(typeof max_fix_rounds === 'number' && { max_fix_rounds }),
    ...(team.serialize_conflicts && { serialize_conflicts: true }),
    roles: roles.map(toFileRole),
  }
  return heading + stringify(file, { lineWidth: 100 })
}

function toFileRole({ name, ...rest }: TeamRole): Record<string, unknown> {
  const said = Object.entries(rest).filter(
    ([, value]) =>
      value !== null && value !== '' && value !== false && value !== 0 && !isEmpty(value),
  )
  return { name, ...Object.fromEntries(said) }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** Throws `request.invalid`: with the line of what is no YAML, else with every problem. */
export function parseTeam(text: string): CheckedTeam {
  const document = parseDocument(text, { prettyErrors: true })
  const [error] = document.errors
  if (error) {
    const line = error.linePos?.[0].line
    const where = line === undefined ? '' : `, line ${line}`
    const [what = ''] = error.message.split('\n')
    throw new AppError('request.invalid', `The file is not valid YAML${where}: ${what}`)
  }
  const content = readContent(document)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new AppError(
      'request.invalid',
      'The file holds no team: it begins with "name:" and has "roles:".',
    )
  const check = checkTeam(content, TeamFile)
  if (check.ok) return check.team
  throw refuse(check.problems)
}

/** References that blow a small file up are refused. */
function readContent(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (cause) {
    throw new AppError('request.invalid', 'The file repeats itself too often to be a team.', {
      cause,
    })
  }
}
