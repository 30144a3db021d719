/** A repository that is set up before agents start: what waits for it, how it fails, and what a person does then. */
import { describe, expect, test } from 'bun:test'
import { insertSetup, updateSetup } from '#db/setups.ts'
import type { SetupOutcome } from '#setups/setups.ts'
import { createGate, createWorld, type TestOptions } from '../../support/test-tasks.ts'

const ready: SetupOutcome = { kind: 'ready', key: 'k', fromCache: false, leftOut: ['a.log'] }
const broken: SetupOutcome = { kind: 'failed', reason: '"make" ended with code 2.' }

function begin(make: NonNullable<TestOptions['setups']>['make'], autoApprove = true) {
  const world = createWorld({ setups: { make }, config: { warmAgents: 1 } })
  const { id } = world.tasks.create({
    ...{ name: 'a', prompt: 'Do it.', source: { kind: 'empty' }, limits: {}, output_files: [] },
    ...{ auto_approve: autoApprove, auto_start: false },
  })
  insertSetup(world.db, id, { commands: ['make', 'make deps'], withSecrets: false })
  world.tasks.start(id)
  const setup = () => world.tasks.setup(id)
  const isIn = (state: string) => () => setup().setup?.state === state
  return { world, id, setup, isIn }
}

const room = {
  ...{ key: 'r', image: 'image:r', commands: ['npm ci'], notes: ['"mounts" is not obeyed.'] },
  fromCache: false,
}

describe('a repository that has to be set up', () => {
  test('and has an image of its own says when that is there, and what of it is not obeyed', async () => {
    const gate = createGate()
    const { world, id, setup, isIn } = begin(async (_, { onProjectImage, onStep }) => {
      await gate.wait('image')
      onProjectImage?.(room)
      onStep?.(1)
      return ready
    })
    await using _ = world
    updateSetup(world.db, id, { runsIn: { kind: 'devcontainer' } })
    await world.until('the build', isIn('running'))
    expect(setup().setup).toMatchObject({ runs_in: { kind: 'devcontainer' }, has_image: false })
    gate.open('image')
    await world.until('the end', () => world.status(id) === 'completed')
    expect(setup().setup).toMatchObject({
      ...{ state: 'ready', has_image: true, notes: room.notes },
      commands: ['npm ci', 'make', 'make deps'],
    })
    expect(world.types(id).filter((type) => type.startsWith('setup.'))).toEqual([
      ...['setup.started', 'setup.image', 'setup.step', 'setup.ready'],
    ])
  })

  test('is set up while the planner works, and no agent with a clone starts before it is done', async () => {
    const gate = createGate()
    const { world, id, setup, isIn } = begin(async (_, { onOutput, onStep }) => {
      onStep?.(1)
      onOutput?.('one\n')
      onStep?.(2)
      onOutput?.('two\n')
      await gate.wait('end')
      return ready
    })
    await using _ = world
    await world.until('the run', () => world.tasks.get(id).phase === 'setting_up')
    expect(setup()).toMatchObject({ setup: { state: 'running', step: 2 }, output: 'one\n' })
    expect(world.tasks.plan(id).subtasks.map(({ status }) => status)).toEqual(['pending'])
    const prepared = (world.tasks.get(id).agents ?? []).map(({ kind }) => kind)
    expect(prepared).toEqual(['planner'])
    gate.open('end')
    await world.until('the end', () => world.status(id) === 'completed')
    expect(isIn('ready')()).toBe(true)
    expect(setup()).toMatchObject({ setup: { left_out: ['a.log'] }, output: 'one\ntwo\n' })
    expect(world.types(id).filter((type) => type.startsWith('setup.'))).toEqual([
      ...['setup.started', 'setup.step', 'setup.step', 'setup.ready'],
    ])
  })

  test('and cannot be fails the run with the reason; tried again it goes on', async () => {
    const ends = [broken, ready]
    const { world, id, setup } = begin(async (_, { onOutput }) => {
      onOutput?.('make: no rule\n')
      return ends.shift() ?? ready
    })
    await using _ = world
    await world.until('the failure', () => world.status(id) === 'failed')
    expect(world.tasks.get(id).error).toContain('"make" ended with code 2.')
    expect(setup()).toMatchObject({
      setup: { state: 'failed', error: '"make" ended with code 2.' },
      output: 'make: no rule\n',
    })
    expect([...world.engine.turns.values()].map(({ kind }) => kind)).toEqual(['planner'])
    expect(world.tasks.decideSetup(id, { do: 'retry' })).toMatchObject({ status: 'running' })
    await world.until('the end', () => world.status(id) === 'completed')
    expect(() => world.tasks.decideSetup(id, { do: 'retry' })).toThrow()
  })

  test('or not at all, when a person says so: also while it runs', async () => {
    let isAborted = false
    const { world, id, isIn } = begin(
      (_, { signal }) =>
        new Promise((__, reject) => {
          signal?.addEventListener('abort', () => {
            isAborted = true
            reject(signal.reason)
          })
        }),
    )
    await using _ = world
    await world.until('the setup', isIn('running'))
    expect(() => world.tasks.decideSetup(id, { do: 'retry' })).toThrow('has not failed')
    world.tasks.decideSetup(id, { do: 'skip' })
    await world.until('the end', () => world.status(id) === 'completed')
    expect(isAborted).toBe(true)
    expect(isIn('skipped')()).toBe(true)
  })

  test('is not, once its task is stopped or cancelled; it begins anew when that goes on', async () => {
    let runs = 0
    const { world, id, isIn } = begin((_, { signal }) => {
      runs += 1
      if (runs > 1) return Promise.resolve(ready)
      return new Promise((__, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    })
    await using _ = world
    await world.until('the setup', isIn('running'))
    world.tasks.stop(id)
    await world.until('the stop', isIn('waiting'))
    world.tasks.resume(id)
    await world.until('the end', () => world.status(id) === 'completed')
    expect(runs).toBe(2)
  })

  test('is tried three times when the engine refuses, and then says what it said', async () => {
    let runs = 0
    const { world, id, setup, isIn } = begin(async () => {
      runs += 1
      throw new Error('no space left on the engine')
    }, false)
    await using _ = world
    await world.until('the failure', isIn('failed'))
    expect(runs).toBe(3)
    expect(setup().setup?.error).toBe('no space left on the engine')
    await world.until('the plan', () => world.status(id) === 'planned')
    world.tasks.decideSetup(id, { do: 'skip' })
    world.tasks.approve(id, {})
    await world.until('the end', () => world.status(id) === 'completed')
  })
})
