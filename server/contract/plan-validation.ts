/**
 * Whether a plan can be run, and if not, why, in sentences for whoever wrote it: a planner that gets another try,
 * or a person in the editor. Pure, so the browser uses the same code.
 */
import * as v from 'valibot'
import { PlanDraft, type SubtaskSpec } from './plan.ts'
import type { TeamSnapshot } from './team.ts'
import { findRole, reviewerRole, usualRole, wantsReviewer, workRoles } from './team-rules.ts'

/** `path` is dotted, for example `subtasks.2.prompt`; empty for the plan as a whole. */
export type PlanProblem = { path: string; message: string }

export type PlanCheck = { ok: true; plan: PlanDraft } | { ok: false; problems: PlanProblem[] }

/** Characters of a whole plan as JSON. Every prompt travels to an agent, so a plan is not a place for data. */
export const maxPlanSize = 1_000_000

/** Parts that Klaudio plays itself; a subtask that claims one would confuse people and agents alike. */
const reservedRoles = ['planner', 'manager', 'resolver']

/** With a team, roles are its own: an absent one is filled in, another spelling is put right. */
export function validatePlan(input: unknown, team: TeamSnapshot | null = null): PlanCheck {
  const parsed = v.safeParse(PlanDraft, team ? withUsualRole(input, team) : input)
  if (!parsed.success)
    return { ok: false, problems: parsed.issues.map((issue) => toProblem(issue, input)) }
  const subtasks = parsed.output.subtasks.map((spec) => ({
    ...spec,
    depends_on: [...new Set(spec.depends_on)],
    agent_role: findRole(team, spec.agent_role)?.name ?? spec.agent_role,
  }))
  const plan = { ...parsed.output, subtasks }
  const problems = [
    ...sizeProblems(plan),
    ...duplicateIds(subtasks),
    ...dependencyProblems(subtasks),
    ...roleProblems(subtasks),
    ...(team ? teamProblems(subtasks, team) : []),
  ]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, plan }
}

/** All problems in one text, one line each. */
export function describeProblems(problems: readonly PlanProblem[]): string {
  return problems.map(({ message }) => message).join('\n')
}

/**
 * One cycle among `depends_on`, its first id repeated at the end, or undefined. Unknown ids are ignored.
 */
export function findCycle(
  subtasks: readonly Pick<SubtaskSpec, 'id' | 'depends_on'>[],
): string[] | undefined {
  const dependencies = new Map(subtasks.map(({ id, depends_on }) => [id, depends_on]))
  const done = new Set<string>()
  const path: string[] = []
  const visit = (id: string): string[] | undefined => {
    const at = path.indexOf(id)
    if (at >= 0) return [...path.slice(at), id]
    if (done.has(id)) return undefined
    path.push(id)
    for (const next of dependencies.get(id) ?? []) {
      const cycle = dependencies.has(next) ? visit(next) : undefined
      if (cycle) return cycle
    }
    path.pop()
    done.add(id)
    return undefined
  }
  for (const { id } of subtasks) {
    const cycle = visit(id)
    if (cycle) return cycle
  }
  return undefined
}

function sizeProblems(plan: PlanDraft): PlanProblem[] {
  const size = JSON.stringify(plan).length
  if (size <= maxPlanSize) return []
  const message = `The plan has ${size} characters; at most ${maxPlanSize} are allowed. Shorten the prompts.`
  return [{ path: '', message }]
}

function duplicateIds(subtasks: readonly SubtaskSpec[]): PlanProblem[] {
  return subtasks.flatMap(({ id }, index) => {
    if (subtasks.findIndex((other) => other.id === id) === index) return []
    const message = `The id "${id}" is used more than once. Give every subtask its own id.`
    return [{ path: `subtasks.${index}.id`, message }]
  })
}

function dependencyProblems(subtasks: readonly SubtaskSpec[]): PlanProblem[] {
  const known = new Set(subtasks.map(({ id }) => id))
  const problems = subtasks.flatMap(({ id, depends_on }, index) =>
    depends_on.flatMap((target): PlanProblem[] => {
      const path = `subtasks.${index}.depends_on`
      if (target === id) return [{ path, message: `Subtask "${id}" depends on itself.` }]
      if (known.has(target)) return []
      return [
        { path, message: `Subtask "${id}" depends on "${target}", which is not in the plan.` },
      ]
    }),
  )
  const others = subtasks.map(({ id, depends_on }) => ({
    id,
    depends_on: depends_on.filter((target) => target !== id),
  }))
  const cycle = findCycle(others)
  if (!cycle) return problems
  const message = `These subtasks wait for each other: ${cycle.join(' → ')}. Remove one of these dependencies.`
  const index = subtasks.findIndex(({ id }) => id === cycle[0])
  return [...problems, { path: `subtasks.${index}.depends_on`, message }]
}

function roleProblems(subtasks: readonly SubtaskSpec[]): PlanProblem[] {
  return subtasks.flatMap(({ id, agent_role }, index) => {
    if (!reservedRoles.includes(agent_role.toLowerCase())) return []
    const message = `Subtask "${id}" has the role "${agent_role}", which belongs to Klaudio itself. Say what the agent does, for example developer, tester or writer.`
    return [{ path: `subtasks.${index}.agent_role`, message }]
  })
}

/** A role that is not said is the first that works, whatever it is called. */
function withUsualRole(input: unknown, team: TeamSnapshot): unknown {
  const usual = usualRole(team)?.name
  const shape = v.looseObject({ subtasks: v.array(v.unknown()) })
  const plan = v.safeParse(shape, input)
  if (usual === undefined || !plan.success) return input
  const fill = (subtask: unknown): unknown =>
    typeof subtask === 'object' && subtask !== null && !('agent_role' in subtask)
      ? { ...subtask, agent_role: usual }
      : subtask
  return { ...plan.output, subtasks: plan.output.subtasks.map(fill) }
}

function teamProblems(subtasks: readonly SubtaskSpec[], team: TeamSnapshot): PlanProblem[] {
  const roles = workRoles(team)
  if (roles.length === 0)
    return [...lastProblems(subtasks, team), ...reviewProblems(subtasks, team)]
  const names = roles.map(({ name }) => name).join(', ')
  const unknown = subtasks.flatMap(({ id, agent_role }, index): PlanProblem[] => {
    if (findRole(team, agent_role) || reservedRoles.includes(agent_role.toLowerCase())) return []
    const message = `Subtask "${id}" has the role "${agent_role}", which the team "${team.name}" does not have. Its roles: ${names}.`
    return [{ path: `subtasks.${index}.agent_role`, message }]
  })
  return [...unknown, ...lastProblems(subtasks, team), ...reviewProblems(subtasks, team)]
}

/** What waits for something that runs last would wait for ever. */
function lastProblems(subtasks: readonly SubtaskSpec[], team: TeamSnapshot): PlanProblem[] {
  const isLast = (role: string | undefined): boolean =>
    role !== undefined && findRole(team, role)?.run_last === true
  return subtasks.flatMap(({ id, agent_role, depends_on }, index) =>
    depends_on.flatMap((target): PlanProblem[] => {
      const other = subtasks.find((subtask) => subtask.id === target)?.agent_role
      if (isLast(agent_role) || !isLast(other)) return []
      const message = `Subtask "${id}" depends on "${target}", but the role "${other}" begins only when all others have ended. Remove this dependency.`
      return [{ path: `subtasks.${index}.depends_on`, message }]
    }),
  )
}

function reviewProblems(subtasks: readonly SubtaskSpec[], team: TeamSnapshot): PlanProblem[] {
  const reviewer = findRole(team, reviewerRole)?.name
  if (!wantsReviewer(team) || !reviewer) return []
  if (subtasks.some(({ agent_role }) => findRole(team, agent_role)?.name === reviewer)) return []
  const message = `The team "${team.name}" has its work reviewed. Add a subtask with the role "${reviewer}" that looks over the result.`
  return [{ path: 'subtasks', message }]
}

function toProblem(issue: v.BaseIssue<unknown>, input: unknown): PlanProblem {
  const path = v.getDotPath(issue) ?? ''
  return { path, message: `${subject(path, input)} ${complaint(issue)}` }
}

/** `subtasks.2.prompt` as `Subtask "docs", prompt:`, with its number while it has no id. */
function subject(path: string, input: unknown): string {
  const [first, position, ...rest] = path.split('.')
  if (path === '') return 'The plan:'
  if (first !== 'subtasks' || position === undefined) return `The plan's ${path}:`
  const id = readId(input, Number(position))
  const name = id ? `Subtask "${id}"` : `Subtask number ${Number(position) + 1}`
  return rest.length > 0 ? `${name}, ${rest.join('.')}:` : `${name}:`
}

function readId(input: unknown, index: number): string | undefined {
  const shape = v.object({ subtasks: v.array(v.unknown()) })
  const plan = v.safeParse(shape, input)
  const subtask = plan.success ? plan.output.subtasks[index] : undefined
  const named = v.safeParse(v.object({ id: v.pipe(v.string(), v.nonEmpty()) }), subtask)
  return named.success ? named.output.id.slice(0, 60) : undefined
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  array: 'a list',
  Array: 'a list',
  object: 'an object',
  Object: 'an object',
}

function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return 'this is missing.'
  if (issue.type === 'picklist') return `${quoted(issue.received)} is not one of ${issue.expected}.`
  if (issue.kind === 'schema')
    return `this must be ${typeNames[issue.expected ?? ''] ?? issue.expected}, not ${quoted(issue.received)}.`
  const limit = String(issue.requirement)
  const limits: Record<string, string> = {
    max_length: `this is too long; at most ${limit} are allowed.`,
    max_value: `this is too large; at most ${limit} is allowed.`,
    min_value: `this is too small; at least ${limit} is needed.`,
    integer: 'this must be a whole number.',
  }
  if (issue.type === 'regex' && issue.message.startsWith('Invalid format'))
    return 'this has characters that are not allowed here.'
  return limits[issue.type] ?? issue.message
}

const quoted = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)
