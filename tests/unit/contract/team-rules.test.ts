/** What makes a team one that can work, and what it makes of a plan. */
import { describe, expect, test } from 'bun:test'
import { validatePlan } from '#contract/plan-validation.ts'
import { checkTeam } from '#contract/team-rules.ts'
import { role, team } from '../../support/team.ts'

const problems = (input: unknown): string[] => {
  const check = checkTeam(input)
  return check.ok ? [] : check.problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('a team', () => {
  test('of the least that the reference sends has its defaults', () => {
    expect(checkTeam({ name: 'Mine', max_agents: 0, roles: null })).toMatchObject({
      ok: true,
      team: { name: 'Mine', max_agents: 3, mode: 'sequential', review: false, roles: [] },
    })
  })

  test.each([
    ['no name', { name: ' ' }, 'name: Give the team a name.'],
    [
      'a mode that there is not',
      { name: 'x', mode: 'chaos' },
      'mode: "mode" must be one of "sequential", "parallel", "collaborative".',
    ],
    [
      'two roles of one name',
      { name: 'x', roles: [role('developer'), role('Developer')] },
      'roles.1.name: There is a role "Developer" already. Give every role its own name.',
    ],
    [
      'a role of Klaudio’s own',
      { name: 'x', roles: [role('planner')] },
      'roles.0.name: "planner" is a part that Klaudio plays itself. Give the role another name.',
    ],
    [
      'a manager where nobody manages',
      { name: 'x', roles: [role('manager'), role('developer')] },
      'roles.0.name: Only a collaborative team has a manager. Choose that mode, or take the role "manager" out.',
    ],
    [
      'nobody but a manager',
      { name: 'x', mode: 'collaborative', roles: [role('manager')] },
      'roles: The team has only a manager. Add a role that does the work, such as developer.',
    ],
    [
      'only roles that run last',
      { name: 'x', roles: [role('tester', { run_last: true })] },
      'roles: Every role runs last. At least one role must do the work before that.',
    ],
    [
      'a manager and one place at work (C2)',
      { name: 'x', mode: 'collaborative', max_agents: 1, roles: [role('developer')] },
      'max_agents: A collaborative team needs at least 2 agents at the same time: the manager and one that works.',
    ],
    [
      'a tool that is allowed and disallowed',
      { name: 'x', roles: [role('a', { allowed_tools: ['Edit'], disallowed_tools: ['Edit'] })] },
      'roles.0.disallowed_tools: "Edit" is allowed and disallowed for "a". Take it out of one of the lists.',
    ],
    [
      'something that is no tool',
      { name: 'x', roles: [role('a', { disallowed_tools: ['rm -rf'] })] },
      'roles.0.disallowed_tools.0: A tool is written as the CLI names it, such as Edit or Bash(git log:*).',
    ],
  ])('with %s is refused and told why', (_, input, problem) => {
    expect(problems(input)).toEqual([problem])
  })
})

describe('a plan of a team', () => {
  const subtask = (id: string, agent_role?: string, depends_on: string[] = []) => ({
    ...{ id, name: id, prompt: id, depends_on },
    ...(agent_role ? { agent_role } : {}),
  })
  const both = team({
    name: 'Two',
    roles: [role('coder'), role('Tester', { run_last: true })],
  })
  const complaints = (subtasks: unknown[], of = both): string[] => {
    const check = validatePlan({ subtasks }, of)
    return check.ok ? [] : check.problems.map(({ message }) => message)
  }

  test('with a role that the team does not have is refused, and told which it has', () => {
    expect(complaints([subtask('a', 'painter')])).toEqual([
      'Subtask "a" has the role "painter", which the team "Two" does not have. Its roles: coder, Tester.',
    ])
  })

  test('has the team’s spelling of its roles, and its usual role where it says none', () => {
    const check = validatePlan({ subtasks: [subtask('a'), subtask('b', 'TESTER')] }, both)
    expect(check.ok && check.plan.subtasks.map(({ agent_role }) => agent_role)).toEqual([
      'coder',
      'Tester',
    ])
  })

  test('in which something waits for what runs last is refused: it would wait for ever', () => {
    expect(complaints([subtask('t', 'tester'), subtask('a', 'coder', ['t'])])).toEqual([
      'Subtask "a" depends on "t", but the role "Tester" begins only when all others have ended. Remove this dependency.',
    ])
    expect(complaints([subtask('t', 'tester'), subtask('u', 'tester', ['t'])])).toEqual([])
  })

  test('whose work is to be reviewed must have a reviewer, also when the team describes none', () => {
    const reviewed = team({ name: 'Careful', review: true, roles: [role('coder')] })
    expect(complaints([subtask('a', 'coder')], reviewed)).toEqual([
      'The team "Careful" has its work reviewed. Add a subtask with the role "reviewer" that looks over the result.',
    ])
    expect(complaints([subtask('a'), subtask('r', 'reviewer')], reviewed)).toEqual([])
  })

  test('of a team without roles is free to name them', () => {
    expect(complaints([subtask('a', 'painter')], team({ roles: [] }))).toEqual([])
    const reviewed = team({ review: true, roles: [] })
    expect(complaints([subtask('a', 'painter'), subtask('r', 'reviewer')], reviewed)).toEqual([])
  })
})
