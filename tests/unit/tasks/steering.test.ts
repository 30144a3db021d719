/** What a person does to agents at work, on real rows: restarts, models, ice, and workers that are taken out of their team. */
import { describe, expect, test } from 'bun:test'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import { codeOf } from '../../support/task-setup.ts'
import { giveTeam, team } from '../../support/team.ts'
import {
  createGate,
  createWorld,
  done,
  planned,
  planThenWork,
  step,
  type World,
} from '../../support/test-tasks.ts'

const workTurns = (world: World, subtaskId: string) =>
  [...world.engine.turns.values()].filter((turn) => turn.subtaskId === subtaskId)
const agentOf = (world: World, id: string, subtaskId: string): string =>
  world.tasks.agents(id).find((agent) => agent.subtask_id === subtaskId)?.id ?? ''
const isOver = (world: World, id: string) => () =>
  ['completed', 'failed'].includes(world.status(id))

/** `a` does nothing by itself in its first turn; `b` depends on it. */
function chain(): Script {
  return planThenWork({ subtasks: [step('a'), step('b', ['a'])] }, async (turn) => {
    if (turn.subtaskId === 'a' && turn.number === 1) await new Promise(() => {})
    return done(turn)
  })
}

async function begun(script: Script = chain()) {
  const world = createWorld({ script })
  const id = world.create({ auto_approve: true }).id
  await world.until('a works', () => workTurns(world, 'a').length > 0)
  return { world, id, agentId: agentOf(world, id, 'a') }
}

describe('a restart with instructions', () => {
  test('ends the turn and begins another with them, in the same conversation', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    const before = world.tasks.agent(id, agentId).session_id
    await world.tasks.restartAgent(id, agentId, { instructions: 'Use tabs.', conversation: 'same' })
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
    const [, second, ...more] = workTurns(world, 'a')
    expect(second?.prompt).toContain('Use tabs.')
    expect(second?.prompt).not.toContain('Please do a.')
    expect(more).toEqual([])
    expect(world.tasks.agent(id, agentId).session_id).toBe(before)
    expect(world.types(id)).toContain('agent.restarted')
  })

  test('with a fresh conversation says again what the work is', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    const before = world.tasks.agent(id, agentId).session_id
    await world.tasks.restartAgent(id, agentId, {
      instructions: 'Use tabs.',
      conversation: 'fresh',
    })
    await world.until('the end', isOver(world, id))
    const second = workTurns(world, 'a')[1]
    expect(second?.prompt).toContain('Please do a.')
    expect(second?.prompt).toContain('Use tabs.')
    expect(world.tasks.agent(id, agentId).session_id).not.toBe(before)
  })

  test('that was stored when the server was killed is done by the next one', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    const asked = world.tasks.restartAgent(id, agentId, {
      instructions: 'Use tabs.',
      conversation: 'same',
    })
    asked.catch(() => {})
    await world.restart()
    await world.until('the end', isOver(world, id))
    expect(workTurns(world, 'a').map(({ prompt }) => prompt.includes('Use tabs.'))).toEqual([
      false,
      true,
    ])
  })

  test('of an agent that works on nothing is refused', async () => {
    const { world, id } = await begun()
    await using _ = world
    const planner = world.tasks.agents(id).find(({ kind }) => kind === 'planner')?.id ?? ''
    const act = () =>
      world.tasks.restartAgent(id, planner, { instructions: 'x', conversation: 'same' })
    expect(codeOf(act)).toBe('agent.not-running')
    expect(world.types(id)).not.toContain('agent.restarted')
  })
})

describe('a worker taken out', () => {
  test('with its work kept hands in what it has, and the others go on', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    await world.tasks.takeOut(id, agentId, { work: 'keep' })
    await world.until('the end', isOver(world, id))
    const [a, b] = world.tasks.plan(id).subtasks
    expect(a).toMatchObject({
      status: 'completed',
      summary: expect.stringContaining('A person took its worker out'),
    })
    expect(b?.status).toBe('completed')
    expect(workTurns(world, 'b')[0]?.prompt).toContain('A person took its worker out')
  })

  test('with its work dropped leaves its subtask skipped, and dependents are told', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    await world.tasks.takeOut(id, agentId, { work: 'drop' })
    await world.until('the end', isOver(world, id))
    expect(world.tasks.plan(id).subtasks.map(({ status }) => status)).toEqual([
      'skipped',
      'completed',
    ])
    expect(world.status(id)).toBe('completed')
    expect(workTurns(world, 'b')[0]?.prompt).toContain('Do a')
    const out = world.events(id).find(({ type }) => type === 'agent.taken-out')
    expect(out).toMatchObject({ agent_id: agentId, data: { work: 'drop' } })
  })

  test('twice, or after it has handed in, is refused', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    await world.tasks.takeOut(id, agentId, { work: 'drop' })
    const again = () => world.tasks.takeOut(id, agentId, { work: 'keep' })
    expect(['subtask.wrong-state', 'task.wrong-state']).toContain(codeOf(again))
  })

  test('is named to the manager, who can send nobody to its work', async () => {
    const answers: string[] = []
    const manager = async (turn: FakeTurn): Promise<void> => {
      for (const worker of ['a', 'b'])
        await turn.call('write_directive', { worker, text: `Directive for ${worker}.` })
      for (let text = ''; !text.includes('[ALL_WORKERS_DONE]'); ) {
        text = (await turn.call('wait_for_messages')).text
        answers.push(text)
      }
      for (const [tool, key] of [
        ['respawn_worker', 'instructions'],
        ['request_changes', 'what'],
      ] as const)
        answers.push((await turn.call(tool, { worker: 'a', [key]: 'More.' })).text)
      await turn.call('approve', { summary: 'Good.' })
    }
    const world = createWorld({
      script: async (turn) => {
        if (turn.kind === 'planner') return planned({ subtasks: [step('a'), step('b')] })
        if (turn.kind === 'manager') await manager(turn)
        if (turn.subtaskId === 'a') await new Promise(() => {})
        return done(turn)
      },
    })
    await using _ = world
    const teamId = giveTeam(world.db, team({ mode: 'collaborative', max_agents: 3, roles: [] }))
    const id = world.create({ team_template: teamId, auto_approve: true }).id
    await world.until('a works', () => workTurns(world, 'a').length > 0)
    await world.tasks.takeOut(id, agentOf(world, id, 'a'), { work: 'drop' })
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
    const all = answers.join('\n')
    expect(all).toContain('[WORKER_SKIPPED] a: A person took it out of the team')
    expect(answers.slice(-2).join('\n')).toMatch(/(A person took a out of the team[\s\S]*){2}/)
  })
})

test('an agent that only waits is told five times that nobody is left, and then waits at no cost', async () => {
  const heard: string[] = []
  const world = createWorld({
    script: planThenWork({ subtasks: [step('a')] }, async (turn) => {
      while (!heard.at(-1)?.includes('That is all.'))
        heard.push((await turn.call('wait_for_messages')).text)
      return done(turn)
    }),
  })
  await using _ = world
  const id = world.create({ auto_approve: true }).id
  await world.until('a waits in vain', () => heard.length === 5 && world.engine.calls.size === 1)
  expect(heard.every((text) => text.includes('Nobody who could write'))).toBe(true)
  world.tasks.postMessage(id, { from: 'user', to: 'a', content: 'That is all.' })
  await world.until('the end', isOver(world, id))
  expect(heard).toHaveLength(6)
  expect(world.status(id)).toBe('completed')
})

describe('ice', () => {
  test('on a task is on all its agents, on those that come, and is gone when it is stopped', async () => {
    const gate = createGate()
    const { world, id, agentId } = await begun(
      planThenWork({ subtasks: [step('a'), step('b', ['a'])] }, async (turn) => {
        await gate.wait(turn.subtaskId ?? '')
        return done(turn)
      }),
    )
    await using _ = world
    expect((await world.tasks.freeze(id)).frozen_since).toBeDefined()
    await world.tasks.freeze(id)
    expect(world.tasks.agent(id, agentId).frozen_since).toBeDefined()
    gate.open('a')
    await world.until('b has an agent', () => agentOf(world, id, 'b') !== '')
    expect(world.tasks.agent(id, agentOf(world, id, 'b')).frozen_since).toBeDefined()
    world.tasks.stop(id)
    expect(world.tasks.get(id).frozen_since).toBeUndefined()
    const types = world.types(id)
    expect(types.filter((type) => type === 'task.frozen')).toHaveLength(1)
    expect(types.filter((type) => type === 'agent.frozen')).toHaveLength(2)
  })

  test('that the engine refuses is not there', async () => {
    const world = createWorld({
      script: chain(),
      wrapAgents: (agents) => ({
        ...agents,
        settle: () => Promise.reject(new Error('the engine is away')),
      }),
    })
    await using _ = world
    const id = world.create({ auto_approve: true }).id
    await world.until('a works', () => workTurns(world, 'a').length > 0)
    expect(world.tasks.freeze(id)).rejects.toThrow('the engine is away')
    await world.until('it is taken back', () => world.types(id).includes('agent.unfrozen'))
    expect(world.tasks.get(id).frozen_since).toBeUndefined()
    expect(world.tasks.agents(id).filter((agent) => agent.frozen_since)).toEqual([])
  })

  test('keeps an agent from being interrupted, and says what to do', async () => {
    const { world, id, agentId } = await begun()
    await using _ = world
    await world.tasks.freezeAgent(id, agentId)
    expect(world.tasks.interrupt(id, agentId)).rejects.toMatchObject({ code: 'agent.frozen' })
    await world.tasks.unfreezeAgent(id, agentId)
    expect(await world.tasks.interrupt(id, agentId)).toBe(true)
    expect(world.types(id)).toContain('agent.interrupted')
  })
})

test('another model is for the agent that is at work, and the plan keeps its own', async () => {
  const { world, id, agentId } = await begun()
  await using _ = world
  expect(world.tasks.changeModel(id, agentId, 'haiku').model).toBe('haiku')
  world.tasks.changeModel(id, agentId, 'haiku')
  const changes = world.events(id).filter(({ type }) => type === 'agent.model')
  expect(changes.map(({ data }) => data)).toEqual([{ from: 'opus', to: 'haiku' }])
  const planner = world.tasks.agents(id).find(({ kind }) => kind === 'planner')?.id ?? ''
  expect(codeOf(() => world.tasks.changeModel(id, planner, 'haiku'))).toBe('agent.not-running')
})
