/** Runs of approved plans. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import type { Script } from '../../support/fake-agents.ts'
import { attend } from '../../support/person.ts'
import { promptsOf, statusesOf, subtaskOf } from '../../support/plan-rows.ts'
import {
  createGate,
  createWorld,
  diamond,
  done,
  failed,
  planThenWork,
  step,
} from '../../support/test-tasks.ts'

describe('a run that goes well', () => {
  test('merges everything, says so, and leaves no container or volume', async () => {
    await using world = createWorld({ script: planThenWork(diamond) })
    const { id } = world.create()
    await attend(world, id)
    expect(world.tasks.get(id)).toMatchObject({
      status: 'completed',
      phase: null,
      progress: { total: 4, completed: 4, running: 0, failed: 0, skipped: 0 },
    })
    expect(world.repositories.headFiles(id)).toEqual([
      'README.md',
      'base.txt',
      'left.txt',
      'right.txt',
      'top.txt',
    ])
    expect(world.engine.containers.size).toBe(0)
    expect(world.engine.volumes.size).toBe(0)
    expect(world.tasks.liveAgents()).toEqual([])
    expect(world.tasks.agents(id).map(({ status }) => status)).toEqual(Array(5).fill('completed'))
  })

  test('a dependent gets the files, the report and the messages of what it depends on (D1)', async () => {
    await using world = createWorld({ script: planThenWork(diamond) })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    world.tasks.postMessage(id, { from: 'user', to: 'top', content: 'Mind the roof.' })
    world.tasks.postMessage(id, { from: 'user', to: 'left', content: 'Not for you.' })
    await attend(world, id)
    const [prompt = ''] = promptsOf(world, 'top')
    expect(prompt).toMatch(/^Subtask: top$/m)
    for (const text of [
      'left is done',
      'right is done',
      'base is done',
      '- left.txt',
      'Mind the roof.',
    ])
      expect(prompt).toContain(text)
    expect(prompt).not.toContain('Not for you.')
    const agentId = subtaskOf(world, id, 'top').agent_id ?? ''
    expect(world.engine.files.get(agentId)).toContain('.klaudio/context/left.md')
    const agent = world.tasks.agent(id, agentId)
    expect(agent).toMatchObject({ subtask_id: 'top', status: 'completed' })
  })

  test('every merge commit names its subtask and leads back to the task', async () => {
    await using world = createWorld({ script: planThenWork({ subtasks: [step('a')] }) })
    const { id } = world.create()
    await attend(world, id)
    expect(world.repositories.log(id).at(-1)).toBe(
      `Do a\n\nKlaudio-Task: ${id}\nKlaudio-Subtask: a\n`,
    )
  })

  test('independent subtasks run at the same time, up to the limit of the task', async () => {
    const five = { subtasks: ['a', 'b', 'c', 'd', 'e'].map((name) => step(name)) }
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(five, async (turn) => {
        await gate.wait('all')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true, limits: { max_agents: 2 } })
    await world.until('two at work', () => world.engine.running().length === 2)
    await world.until('three queued', () => world.tasks.queue().waiting.length === 3)
    const queued = world.tasks.agents(id).filter(({ status }) => status === 'queued')
    expect(queued.map(({ queue_position }) => queue_position).sort()).toEqual([1, 2, 3])
    gate.open('all')
    await attend(world, id)
    expect(world.engine.peak).toBe(2)
    expect(world.tasks.get(id).progress.completed).toBe(5)
  })

  test('sequential runs one at a time and in dependency order, however listed (E1, E4)', async () => {
    const backwards = { subtasks: [step('c', ['b']), step('b', ['a']), step('a'), step('d')] }
    await using world = createWorld({ script: planThenWork(backwards) })
    const { id } = world.create({ mode: 'sequential' })
    await attend(world, id)
    const order = [...world.engine.turns.values()].flatMap((turn) => turn.subtaskId ?? [])
    expect(order).toEqual(['a', 'd', 'b', 'c'])
    expect(world.engine.peak).toBe(1)
  })

  test('two tasks share the global limit fairly: neither waits for all of the other (L6, D9)', async () => {
    const four = { subtasks: ['a', 'b', 'c', 'd'].map((name) => step(name)) }
    const gate = createGate()
    const order: string[] = []
    await using world = createWorld({
      config: { maxAgents: 2, maxAgentsPerTask: 9 },
      script: planThenWork(four, async (turn) => {
        order.push(`${turn.prompt.includes('FIRST') ? 1 : 2}`)
        await gate.wait(`${order.length}`)
        return done(turn)
      }),
    })
    const first = world.create({ prompt: 'FIRST', auto_approve: true })
    await world.until('the first at work', () => world.engine.running().length === 2)
    const second = world.create({ prompt: 'SECOND', auto_approve: true })
    await world.until('its planner waits', () => world.tasks.get(second.id).phase === 'queued')
    for (let n = 1; n <= 8; n++) {
      gate.open(`${n}`)
      await world.until('the next', () => order.length > n + 1 || order.length === 8)
    }
    await attend(world, first.id)
    await attend(world, second.id)
    expect(order.slice(0, 2).join('')).toBe('11')
    // Once both want slots they take turns: the second is not kept back until the first is done.
    expect(order.lastIndexOf('1')).toBeGreaterThan(order.indexOf('2'))
    expect(order.indexOf('2')).toBeLessThan(5)
    expect(world.engine.peak).toBe(2)
  })

  test('agents for what comes next are ready before it does, and no more than allowed', async () => {
    const gate = createGate()
    await using world = createWorld({
      config: { warmAgents: 2 },
      script: planThenWork(diamond, async (turn) => {
        await gate.wait(turn.subtaskId ?? '')
        return done(turn)
      }),
    })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    await world.tasks.settled()
    const spare = world.tasks.agents(id).filter(({ kind }) => kind === 'worker')
    expect(spare.map(({ subtask_id, phase }) => `${subtask_id} ${phase}`)).toEqual(['base warm'])
    world.tasks.approve(id, {})
    await world.until('two more', () =>
      ['left', 'right'].every((name) =>
        world.tasks.agents(id).some((row) => row.subtask_id === name && row.phase === 'warm'),
      ),
    )
    const base = subtaskOf(world, id, 'base')
    expect(base.agent_id).toBe(spare[0]?.id ?? '')
    // Not in the way of those that have just begun.
    const [, , next] = world.tasks.agents(id)
    const waitedMs = Date.parse(next?.created_at ?? '') - Date.parse(base.started_at ?? '')
    expect(waitedMs).toBeGreaterThanOrEqual(3000)
    for (const name of ['base', 'left', 'right', 'top']) gate.open(name)
    await attend(world, id)
    expect(world.tasks.agents(id)).toHaveLength(5)
    expect(world.engine.prepared).toHaveLength(5)
  })

  test('an agent made ahead is thrown away when the plan no longer wants it', async () => {
    await using world = createWorld({ config: { warmAgents: 3 }, script: planThenWork(diamond) })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    await world.tasks.settled()
    expect(world.engine.volumes.size).toBe(1)
    world.tasks.updatePlan(id, { subtasks: [step('other')] })
    await world.tasks.settled()
    const workers = world.tasks.agents(id).filter(({ kind }) => kind === 'worker')
    expect(workers.map(({ subtask_id, status }) => `${subtask_id} ${status}`)).toEqual([
      'base stopped',
      'other created',
    ])
    expect(world.engine.volumes.size).toBe(1)
  })
})

describe('a run that does not go well', () => {
  const breaking =
    (name: string): Script =>
    (turn) =>
      turn.subtaskId === name
        ? failed('It broke.', { code: 'max-turns', retryable: false })
        : done(turn)

  test('a failure skips its dependents by name, lets the rest finish, and the task fails (L5, D8)', async () => {
    await using world = createWorld({ script: planThenWork(diamond, breaking('left')) })
    const { id } = world.create()
    await attend(world, id)
    expect(statusesOf(world, id)).toEqual({
      base: 'completed',
      left: 'failed',
      right: 'completed',
      top: 'skipped',
    })
    expect(subtaskOf(world, id, 'top').error).toBe('Skipped because "left" failed.')
    expect(world.tasks.get(id)).toMatchObject({
      status: 'failed',
      error:
        '2 of 4 subtasks did not complete. "left" failed: It broke. Skipped because of that: "top".',
    })
    expect(world.types(id)).not.toContain('task.completed')
    expect(world.engine.containers.size).toBe(0)
  })

  test('a failed attempt is repeated with its reason, by a new agent', async () => {
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, (turn) =>
        turn.attempt === 1 ? failed('It took too long.') : done(turn),
      ),
    })
    const { id } = world.create()
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    const [first, second] = promptsOf(world, 'a')
    expect(first).not.toContain('earlier attempt')
    expect(second).toContain('It took too long.')
    const workers = world.tasks.agents(id).filter(({ kind }) => kind === 'worker')
    expect(workers.map(({ status, error }) => [status, error])).toEqual([
      ['failed', 'It took too long.'],
      ['completed', undefined],
    ])
    expect(world.types(id)).toContain('subtask.retrying')
  })

  test('attempts are counted, and the last reason is the one told', async () => {
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, (turn) => failed(`Try ${turn.attempt}.`)),
    })
    const { id } = world.create({ limits: { max_attempts: 3 } })
    await attend(world, id)
    expect(subtaskOf(world, id, 'a')).toMatchObject({ attempt: 3, error: 'Try 3.' })
    expect(world.tasks.get(id).error).toContain('"a" failed: Try 3.')
  })

  test('a technical failure that passes is continued by the same agent and counts as no attempt', async () => {
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, (turn) =>
        turn.number < 3 ? failed('Overloaded.', { code: 'api-error' }) : done(turn),
      ),
    })
    const { id } = world.create()
    await attend(world, id)
    expect(subtaskOf(world, id, 'a')).toMatchObject({ status: 'completed', attempt: 1 })
    expect(promptsOf(world, 'a')).toHaveLength(3)
    expect(world.types(id).filter((type) => type === 'agent.retrying')).toHaveLength(2)
  })

  test('a merge conflict stops the subtask with the paths named, and keeps both sides', async () => {
    const both = { subtasks: [step('x'), step('y')] }
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(both, async (turn) => {
        world.engine.work.set(turn.agentId, { 'same.txt': `by ${turn.subtaskId}` })
        if (turn.kind === 'resolver') await turn.call('report_failed', { reason: 'They differ.' })
        else await gate.wait(turn.subtaskId ?? '')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('both at work', () => world.engine.running().length === 2)
    gate.open('x')
    await world.until('x merged', () => statusesOf(world, id).x === 'completed')
    gate.open('y')
    await attend(world, id)
    expect(subtaskOf(world, id, 'y')).toMatchObject({ status: 'failed', conflicts: ['same.txt'] })
    expect(world.types(id)).toContain('subtask.conflict')
    const { commits } = world.repositories.get(id)
    expect(commits.has(subtaskOf(world, id, 'y').work_commit ?? '')).toBe(true)
    expect(world.tasks.get(id).error).toContain('same.txt')
    world.tasks.retrySubtask(id, 'y')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(promptsOf(world, 'y')[1]).toContain('same.txt')
  })

  test('refused credentials fail the task at once; after a retry the others go on where they were', async () => {
    const gate = createGate()
    let isRefused = true
    const trio = { subtasks: [step('x'), step('y'), step('z', ['x'])] }
    await using world = createWorld({
      script: planThenWork(trio, async (turn) => {
        if (turn.subtaskId === 'x' && isRefused)
          return failed('Run claude setup-token.', { code: 'credentials', retryable: false })
        if (turn.number === 1 && turn.subtaskId === 'y') await gate.wait('y')
        return done(turn)
      }),
    })
    const { id } = world.create()
    await attend(world, id)
    expect(world.tasks.get(id)).toMatchObject({
      status: 'failed',
      error: 'Run claude setup-token.',
    })
    expect(statusesOf(world, id)).toEqual({ x: 'failed', y: 'queued', z: 'skipped' })
    expect(world.engine.containers.size).toBe(0)
    const before = subtaskOf(world, id, 'y').agent_id
    isRefused = false
    world.tasks.retrySubtask(id, 'x')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(subtaskOf(world, id, 'y')).toMatchObject({ attempt: 1, agent_id: before })
  })

  test('a usage limit is waited out without holding a slot', async () => {
    await using world = createWorld({
      config: { maxAgents: 1 },
      script: planThenWork({ subtasks: [step('a'), step('b')] }, (turn) => {
        const retryAtMs = start + 7_200_000
        return turn.subtaskId === 'a' && turn.number === 1
          ? failed('Limit.', { code: 'usage-limit', retryAtMs })
          : done(turn)
      }),
    })
    const start = world.clock.now()
    const { id } = world.create({ auto_approve: true })
    await world.until('b done', () => statusesOf(world, id).b === 'completed')
    expect(world.tasks.get(id)).toMatchObject({ status: 'running', phase: 'waiting' })
    expect(world.tasks.get(id).error).toContain(new Date(start + 7_200_000).toISOString())
    await attend(world, id)
    expect(world.tasks.get(id)).toMatchObject({ status: 'completed' })
    expect(world.tasks.get(id).error).toBeUndefined()
  })

  test('a source that cannot be had fails the task with the sentence, and it can be started again', async () => {
    let calls = 0
    await using world = createWorld({
      script: planThenWork(diamond),
      onCall(service, name) {
        if (service === 'workspaces' && name === 'prepare' && ++calls <= 3)
          throw new Error('The repository cannot be reached.')
      },
    })
    const { id } = world.create()
    await world.until('the end', () => world.status(id) === 'failed')
    expect(world.tasks.get(id).error).toBe('The repository cannot be reached.')
    world.tasks.start(id)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })
})
