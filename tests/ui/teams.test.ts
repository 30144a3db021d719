/** Teams in the browser: what the editor makes of what is typed, and the choice of a new task. */
import { describe, expect, test } from 'bun:test'
import { checkTeam } from '#contract/team-rules.ts'
import {
  emptyTask,
  readDraft,
  toCreateTask,
  toDraft,
} from '../../ui/src/features/tasks/new-task-form.ts'
import {
  emptyRole,
  emptyTeam,
  readTeamDraft,
  teamProblems,
  toSaveTeam,
  toTeamForm,
} from '../../ui/src/features/templates/team-form.ts'
import { describeRoles, describeTeam } from '../../ui/src/lib/team-words.ts'
import { teams } from './mock-templates.ts'

describe('the editor of a team', () => {
  test('hands in what it was given when nothing is changed', () => {
    for (const { id, created_at, updated_at, ...team } of teams) {
      const check = checkTeam(toSaveTeam(toTeamForm({ ...team, id, created_at, updated_at })))
      expect(check.ok && JSON.parse(JSON.stringify(check.team))).toMatchObject(team)
    }
  })

  test('says what is wrong beside its field', () => {
    const form = { ...emptyTeam(), name: 'x', max_agents: 'many' }
    expect(teamProblems(form)).toEqual({ max_agents: expect.any(String) })
    const roles = [emptyRole('a'), { ...emptyRole('a'), disallowed_tools: 'Edit\nrm -rf' }]
    const { roles: _, ...byField } = teamProblems({ ...form, max_agents: '2', roles })
    expect(byField).toEqual({
      'roles.1.disallowed_tools': expect.stringContaining('as the CLI names it'),
    })
    expect(
      teamProblems({ ...form, max_agents: '2', roles: [emptyRole('a'), emptyRole('a')] }),
    ).toEqual({
      'roles.1.name': expect.stringContaining('already'),
    })
  })

  test('keeps what was typed over a reload', () => {
    const form = { ...emptyTeam(), name: 'Half', max_agents: '1x', roles: [emptyRole('tester')] }
    expect(readTeamDraft(JSON.stringify(form))).toEqual(form)
    expect(readTeamDraft('')).toBeUndefined()
    expect(readTeamDraft('{"roles":[{}]}')?.roles).toEqual([emptyRole()])
  })
})

test('a team is told in a few words', () => {
  expect(teams.map(describeTeam)).toEqual([
    'One at a time',
    'One at a time, reviewed',
    'With a manager, up to 5 at once, reviewed',
    'In parallel, up to 3 at once',
  ])
  expect(teams.map(({ roles }) => describeRoles(roles))).toEqual([
    'developer',
    'developer, reviewer last',
    'manager, developer ×3, reviewer last',
    'developer ×3',
  ])
})

test('a new task is given its team, whose mode it takes, and the draft keeps the choice', () => {
  const task = { ...emptyTask, prompt: 'x', team: 'solo' }
  const made = toCreateTask(task, { autoApprove: false })
  expect(made).toMatchObject({ team_template: 'solo' })
  expect(made).not.toHaveProperty('mode')
  const without = toCreateTask({ ...task, team: '' }, { autoApprove: false })
  expect(without).toMatchObject({ mode: 'parallel' })
  expect(without).not.toHaveProperty('team_template')
  for (const team of ['solo', '', null])
    expect(readDraft(toDraft({ ...task, team }, [])).task.team).toBe(team)
})
