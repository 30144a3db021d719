/** A team is more than words to the planner: the run keeps to it. */
import { describe, expect, test } from 'bun:test'
import type { AgentSpec } from '#agents/agents.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import { rulesOf } from '#db/permissions.ts'
import { deleteTeam, getTeam, saveTeam } from '#db/team-templates.ts'
import { attend } from '../../support/person.ts'
import { giveTeam, role, team } from '../../support/team.ts'
import {
  createGate,
  createWorld,
  done,
  planned,
  planThenWork,
  step,
  type World,
} from '../../support/test-tasks.ts'

const give = (world: World, snapshot: TeamSnapshot): string => giveTeam(world.db, snapshot)
const as = (name: string, more: object = {}) => ({ agent_role: name, ...more })
const atWork = (world: World): string[] =>
  world.engine.running().flatMap(({ subtaskId }) => subtaskId ?? [])
const promptOf = (world: World, subtaskId: string | null): string =>
  [...world.engine.turns.values()].find((turn) => turn.subtaskId === subtaskId)?.prompt ?? ''

test('a role never has more agents at work than its team says, nor the team', async () => {
  const gate = createGate()
  const subtasks = [
    ...['a', 'b', 'c'].map((id) => step(id, [], as('coder'))),
    ...['x', 'y'].map((id) => step(id, [], as('writer'))),
  ]
  await using world = createWorld({
    config: { maxAgents: 9, maxAgentsPerTask: 9 },
    script: planThenWork({ subtasks }, async (turn) => {
      await gate.wait(turn.subtaskId ?? '')
      return done(turn)
    }),
  })
  const team_template = give(
    world,
    team({ max_agents: 3, roles: [role('coder', { max_instances: 1 }), role('writer')] }),
  )
  const { id } = world.create({ team_template, auto_approve: true })
  await world.until('three at work', () => atWork(world).length === 3)
  expect(atWork(world).sort()).toEqual(['a', 'x', 'y'])
  gate.open('x')
  await world.until('x has ended', () => atWork(world).length === 2)
  expect(atWork(world).sort()).toEqual(['a', 'y'])
  for (const name of ['y', 'a', 'b', 'c']) gate.open(name)
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  expect(world.engine.peak).toBe(3)
})

test('a person’s lower limit counts beside the team’s', async () => {
  const gate = createGate()
  await using world = createWorld({
    script: planThenWork({ subtasks: [step('a'), step('b')] }, async (turn) => {
      await gate.wait('all')
      return done(turn)
    }),
  })
  const team_template = give(world, team({ max_agents: 4, roles: [role('developer')] }))
  const limits = { max_agents: 1 }
  const { id } = world.create({ team_template, auto_approve: true, limits })
  await world.until('one waits', () => world.tasks.queue().waiting.length === 1)
  expect(atWork(world)).toEqual(['a'])
  gate.open('all')
  await attend(world, id)
  expect(world.engine.peak).toBe(1)
})

describe.each(['parallel', 'sequential'] as const)('what runs last, %s,', (mode) => {
  const subtasks = [
    step('check', [], as('tester')),
    step('a', [], as('coder')),
    step('b', ['a'], as('coder')),
  ]
  const pair = team({ mode, roles: [role('coder'), role('tester', { run_last: true })] })

  test('begins when all others have ended, and knows what they did', async () => {
    await using world = createWorld({ script: planThenWork({ subtasks }) })
    const { id } = world.create({ team_template: give(world, pair), auto_approve: true })
    await attend(world, id)
    const order = [...world.engine.turns.values()].flatMap(({ subtaskId }) => subtaskId ?? [])
    expect(order).toEqual(['a', 'b', 'check'])
    const prompt = promptOf(world, 'check')
    for (const text of ['a is done', 'b is done']) expect(prompt).toContain(text)
  })

  test('begins after a failure too: ended is ended', async () => {
    const script = planThenWork({ subtasks }, (turn) =>
      turn.subtaskId === 'a'
        ? { kind: 'failed', reason: 'No.', code: 'cli-exited', retryable: false }
        : done(turn),
    )
    await using world = createWorld({ script })
    const { id } = world.create({ team_template: give(world, pair), auto_approve: true })
    await attend(world, id)
    expect(world.status(id)).toBe('failed')
    expect(promptOf(world, 'check')).not.toBe('')
  })
})

test('the planner is told the team, and a plan with another role is sent back with the roles', async () => {
  let asked = 0
  const plans = [
    { subtasks: [step('a', [], as('painter'))] },
    { subtasks: [step('a', [], as('coder'))] },
  ]
  await using world = createWorld({
    script: (turn) => (turn.kind === 'planner' ? planned(plans[asked++] ?? {}) : done(turn)),
  })
  const one = team({
    name: 'Coders',
    roles: [role('coder', { description: 'Writes code.', max_instances: 2 })],
  })
  const { id } = world.create({ team_template: give(world, one) })
  await world.until('a plan', () => world.status(id) === 'planned')
  const [first = '', second = ''] = [...world.engine.turns.values()].map(({ prompt }) => prompt)
  for (const text of ['Coders', '"coder": Writes code. At most 2', 'nothing else: "coder"'])
    expect(first).toContain(text)
  expect(second).toContain('which the team "Coders" does not have. Its roles: coder.')
  expect(() => world.tasks.updatePlan(id, { subtasks: [step('a', [], as('painter'))] })).toThrow(
    /Its roles: coder/,
  )
})

test('the agent of a role has its model, its hint, its tools and its way of asking', async () => {
  const specs: AgentSpec[] = []
  await using world = createWorld({
    script: planThenWork({
      subtasks: [step('a', [], as('coder')), step('b', [], as('coder', { model: 'haiku' }))],
    }),
    wrapAgents: (agents) => ({
      ...agents,
      run(spec, ...rest) {
        specs.push(spec)
        return agents.run(spec, ...rest)
      },
    }),
  })
  const coder = role('coder', {
    ...{ prompt_hint: 'Write small functions.', model: 'sonnet', permission_mode: 'manual' },
    ...{ allowed_tools: ['Bash(npm test)'], disallowed_tools: ['WebFetch'] },
  })
  const team_template = give(world, team({ roles: [coder] }))
  const { id } = world.create({ team_template, model: 'opus', auto_approve: true })
  await attend(world, id)
  expect(promptOf(world, 'a')).toContain('Write small functions.')
  const models = world.tasks.agents(id).map(({ subtask_id, model }) => [subtask_id, model])
  expect(models).toEqual(
    expect.arrayContaining([
      ['a', 'sonnet'],
      ['b', 'haiku'],
    ]),
  )
  const worker = specs.find(({ profile }) => profile.kind === 'worker')?.agentId ?? ''
  expect(rulesOf(world.db, worker)).toEqual({ allow: ['Bash(npm test)'], deny: ['WebFetch'] })
})

test('a task keeps the team it was made with, and so does another run of it', async () => {
  await using world = createWorld({ script: planThenWork({ subtasks: [step('a')] }) })
  const before = team({ name: 'Then', roles: [role('developer')] })
  const team_template = give(world, before)
  const { id } = world.create({ team_template })
  saveTeam(world.db, { ...getTeam(world.db, 'a-team'), name: 'Now', roles: [role('painter')] })
  deleteTeam(world.db, 'a-team')
  await attend(world, id)
  expect(world.tasks.get(id)).toMatchObject({
    ...{ status: 'completed', team_name: 'Then', team_template },
    team: { roles: [{ name: 'developer' }] },
  })
  const again = await world.tasks.relaunch(id, {
    prompt: '',
    auto_start: false,
    keep_context: true,
  })
  expect(again.team).toEqual(before)
  expect(() => world.create({ team_template })).toThrow('There is no team template "a-team".')
})

test('a run of a team that is cut off goes on within its limits', async () => {
  const gate = createGate()
  const subtasks = ['a', 'b'].map((id) => step(id, [], as('coder')))
  await using world = createWorld({
    script: planThenWork({ subtasks }, async (turn) => {
      await gate.wait('all')
      return done(turn)
    }),
  })
  const team_template = give(world, team({ roles: [role('coder', { max_instances: 1 })] }))
  const { id } = world.create({ team_template, auto_approve: true })
  await world.until('one at work', () => atWork(world).length === 1)
  await world.restart()
  expect(atWork(world)).toEqual(['a'])
  gate.open('all')
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
})

test('where the team says so, no two that name the same file are at work at once', async () => {
  const on = (files_involved: string[]) => ({ files_involved })
  const subtasks = [
    step('a', [], on(['src/one.ts'])),
    step('b', [], on(['./src/one.ts', 'src/two.ts'])),
    step('c', [], on(['src/three.ts'])),
  ]
  const gate = createGate()
  await using world = createWorld({
    script: planThenWork({ subtasks }, async (turn) => {
      await gate.wait(turn.subtaskId ?? '')
      return done(turn)
    }),
  })
  const team_template = give(world, team({ max_agents: 3, serialize_conflicts: true, roles: [] }))
  const { id } = world.create({ team_template, auto_approve: true })
  await world.until('two at work', () => atWork(world).length === 2)
  expect(atWork(world).sort()).toEqual(['a', 'c'])
  gate.open('a')
  await world.until('the other one', () => atWork(world).includes('b'))
  for (const name of ['b', 'c']) gate.open(name)
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
})
