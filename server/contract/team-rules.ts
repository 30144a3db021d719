/** What makes a team one that can work, and what its roles mean for a plan. Pure: the browser uses the same code. */
import * as v from 'valibot'
import { SaveTeam, type TeamMode, type TeamRole, type TeamSnapshot } from './team.ts'

/** `path` is dotted, for example `roles.1.name`; empty for the team as a whole. */
export type TeamProblem = { path: string; message: string }
export type TeamCheck = { ok: true; team: CheckedTeam } | { ok: false; problems: TeamProblem[] }

/** With everything that was left out filled in. */
export type CheckedTeam = Omit<TeamSnapshot, 'id' | 'max_fix_rounds' | 'serialize_conflicts'> & {
  max_fix_rounds: number | null
  serialize_conflicts: boolean
  is_default: boolean
}

export const managerRole = 'manager'
export const reviewerRole = 'reviewer'

/** Parts that Klaudio itself plays. */
const reserved = ['planner', 'resolver']
const usualMaxAgents = 3

/** All problems at once, each a sentence for whoever wrote the team. */
export function checkTeam(input: unknown, schema: TeamSchema = SaveTeam): TeamCheck {
  const parsed = v.safeParse(schema, input)
  if (!parsed.success) return { ok: false, problems: parsed.issues.map(toProblem) }
  const { max_agents: given, ...rest } = parsed.output
  const team = {
    ...rest,
    max_agents: given > 0 ? given : usualMaxAgents,
    max_fix_rounds: rest.max_fix_rounds ?? null,
  }
  const problems = [
    ...team.roles.flatMap((role, at) => roleProblems(team, role, at)),
    ...wholeProblems(team),
  ]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, team }
}

type TeamSchema = v.GenericSchema<unknown, SaveTeam>

function roleProblems(team: CheckedTeam, role: TeamRole, at: number): TeamProblem[] {
  const { name } = role
  const path = (key: string): string => `roles.${at}.${key}`
  const isTwice = team.roles.findIndex((other) => isRole(other, name)) < at
  const both = role.allowed_tools.find((tool) => role.disallowed_tools.includes(tool))
  const isManager = isRole(role, managerRole)
  const found: (TeamProblem | false)[] = [
    isTwice && {
      path: path('name'),
      message: `There is a role "${name}" already. Give every role its own name.`,
    },
    reserved.includes(name.toLowerCase()) && {
      path: path('name'),
      message: `"${name}" is a part that Klaudio plays itself. Give the role another name.`,
    },
    isManager &&
      team.mode !== 'collaborative' && {
        path: path('name'),
        message: `Only a collaborative team has a manager. Choose that mode, or take the role "${name}" out.`,
      },
    isManager &&
      role.run_last && {
        path: path('run_last'),
        message: 'The manager begins first, so it cannot run last.',
      },
    both !== undefined && {
      path: path('disallowed_tools'),
      message: `"${both}" is allowed and disallowed for "${name}". Take it out of one of the lists.`,
    },
  ]
  return found.filter((problem) => problem !== false)
}

function wholeProblems({ roles, mode, max_agents }: CheckedTeam): TeamProblem[] {
  const workers = roles.filter((role) => !isRole(role, managerRole))
  const found: (TeamProblem | false)[] = [
    workers.length > 0 &&
      workers.every(({ run_last }) => run_last) && {
        path: 'roles',
        message: 'Every role runs last. At least one role must do the work before that.',
      },
    roles.length > 0 &&
      workers.length === 0 && {
        path: 'roles',
        message: 'The team has only a manager. Add a role that does the work, such as developer.',
      },
    mode === 'collaborative' &&
      max_agents < 2 && {
        path: 'max_agents',
        message:
          'A collaborative team needs at least 2 agents at the same time: the manager and one that works.',
      },
  ]
  return found.filter((problem) => problem !== false)
}

const isRole = ({ name }: Pick<TeamRole, 'name'>, wanted: string): boolean =>
  name.toLowerCase() === wanted.toLowerCase()

type Roles = Pick<TeamSnapshot, 'roles' | 'review'>

/** Of a team that has its work reviewed and describes no reviewer. */
const standardReviewer: TeamRole = {
  name: reviewerRole,
  description: 'Looks over what the others did: mistakes, missing tests, what the task asked for.',
  prompt_hint:
    'Read the changes of the whole task and run its tests. Report what is not right with file and line.',
  max_instances: 1,
  run_last: true,
  model: '',
  allowed_tools: [],
  disallowed_tools: [],
}

/** What a plan's subtasks can be: the manager's part is Klaudio's own. Empty: anything. */
export function workRoles({ roles, review }: Roles): TeamRole[] {
  const own = roles.filter((role) => !isRole(role, managerRole))
  const lacksReviewer = review && own.length > 0 && !own.some((role) => isRole(role, reviewerRole))
  return lacksReviewer ? [...own, standardReviewer] : own
}

/** Undefined where the team does not know the role, or there is no team. */
export const findRole = (team: Roles | null | undefined, name: string): TeamRole | undefined =>
  team
    ? (workRoles(team).find((role) => isRole(role, name)) ??
      (team.review && isRole({ name }, reviewerRole) ? standardReviewer : undefined))
    : undefined

/** What a team says of its manager. */
export const findManager = (team: Pick<TeamSnapshot, 'roles'> | null): TeamRole | undefined =>
  team?.roles.find((role) => isRole(role, managerRole))

/** Whether subtasks of this role end with a verdict on the work of others. */
export const isReviewer = (team: Roles | null | undefined, name: string): boolean =>
  isRole({ name }, reviewerRole) && findRole(team, name) !== undefined

/** What a subtask is that says nothing: the first role that does not run last. */
export const usualRole = (team: Roles): TeamRole | undefined =>
  workRoles(team).find(({ run_last }) => !run_last)

/** Whether a plan must have a subtask of the reviewer. */
export const wantsReviewer = (team: Roles): boolean => team.review

/** How the subtasks of such a team are run. */
export const runModeOf = (mode: TeamMode): 'sequential' | 'parallel' =>
  mode === 'sequential' ? 'sequential' : 'parallel'

function toProblem(issue: v.BaseIssue<unknown>): TeamProblem {
  const path = v.getDotPath(issue) ?? ''
  return { path, message: toSentence(issue, path) }
}

const labels: Record<string, string> = {
  name: 'The name',
  description: 'The description',
  prompt_hint: 'The hint',
  max_instances: 'Agents of this role at once',
  max_agents: 'Agents at once',
  max_fix_rounds: 'Rounds of changes',
  model: 'The model',
  roles: 'The list of roles',
}

function toSentence(issue: v.BaseIssue<unknown>, path: string): string {
  const key = path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? ''
  const name = labels[key] ?? (key === '' ? 'The team' : `"${key}"`)
  if (
    issue.type === 'strict_object' &&
    issue.received !== 'undefined' &&
    issue.expected === 'never'
  )
    return `"${key}" is not known here. Check its spelling.`
  if (issue.received === 'undefined') return `${name} is missing.`
  if (!issue.message.startsWith('Invalid ')) return issue.message
  const limit = String(issue.requirement)
  const limits: Record<string, string> = {
    max_length: `${name} may have at most ${limit} characters or items.`,
    max_value: `${name} may be at most ${limit}.`,
    min_value: `${name} must be at least ${limit}.`,
    integer: `${name} must be a whole number.`,
    picklist: `${name} must be one of ${issue.expected?.replace(/[()]/g, '').replaceAll(' | ', ', ')}.`,
  }
  return (
    limits[issue.type] ?? `${name} is not valid: ${issue.expected ?? 'another form'} is expected.`
  )
}
