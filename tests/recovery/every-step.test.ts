/**
 * Kills the server before and after every single transaction of a run with questions, a refused plan and a diamond. The
 * containers and repositories live on. Whatever the moment, the end is the same as without a crash.
 */
import { describe, expect, test } from 'bun:test'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import type { Script } from '../support/fake-agents.ts'
import { attend, createTask } from '../support/person.ts'
import { asked, createWorld, diamond, done, planned, type World } from '../support/test-tasks.ts'
import { stride as spread } from '../support/thorough.ts'

const script: Script = (turn) => {
  if (turn.kind !== 'planner') return done(turn)
  const turns = [
    asked('Which?', 'Why?'),
    asked('Really?'),
    planned({ subtasks: [] }),
    planned(diamond),
  ]
  return turns[turn.number - 1] ?? planned(diamond)
}

/** Plays the whole story; returns the number of transactions the first server made. */
async function play(point?: CrashPoint): Promise<{ commits: number; facts: unknown }> {
  const crash = createCrashPoint(point)
  await using world = createWorld({
    script,
    config: { warmAgents: 2 },
    onCommit: crash.onCommit,
  })
  const id = await createTask(world, () => world.create().id)
  await attend(world, id)
  expect(crash.wasMet()).toBe(point !== undefined)
  return { commits: crash.commits(), facts: facts(world, id) }
}

function facts(world: World, id: string): unknown {
  const task = world.tasks.get(id)
  const plan = world.tasks.plan(id)
  const turns = [...world.engine.turns.values()]
  return {
    status: task.status,
    error: task.error,
    phase: task.phase,
    version: plan.version,
    subtasks: plan.subtasks.map(({ id: name, status, attempt }) => ({ name, status, attempt })),
    files: world.repositories.headFiles(id),
    log: world.repositories
      .log(id)
      .map((message) => message.split('\n')[0])
      .sort(),
    questions: world.tasks
      .questions(id)
      .map(({ round, text, answer }) => ({ round, text, answer })),
    turns: turns.map((turn) => `${turn.kind} ${turn.subtaskId} ${turn.number}`).sort(),
    summaries: world.tasks.messages(id, { limit: 100 }).length,
    told: [
      'planner.question',
      'plan.invalid',
      'plan.generated',
      'task.completed',
      'subtask.completed',
    ].map((type) => `${type} ${world.types(id).filter((other) => other === type).length}`),
    live: task.agents?.filter(({ status }) => ['queued', 'created', 'running'].includes(status)),
    containers: world.engine.containers.size,
    volumes: world.engine.volumes.size,
    slots: world.tasks.queue().used,
  }
}

describe('a server killed at any transaction', () => {
  test('ends like one that was not', async () => {
    const { commits, facts: expected } = await play()
    expect(expected).toMatchObject({
      status: 'completed',
      files: ['README.md', 'base.txt', 'left.txt', 'right.txt', 'top.txt'],
      turns: [
        'planner null 1',
        'planner null 2',
        'planner null 3',
        'planner null 4',
        'worker base 1',
        'worker left 1',
        'worker right 1',
        'worker top 1',
      ],
      live: [],
      containers: 0,
      volumes: 0,
      slots: 0,
    })
    expect(commits).toBeGreaterThan(40)
    for (let number = 1; number <= commits; number += spread(1, 12))
      for (const when of ['before', 'after'] as const) {
        const { facts: actual } = await play({ number, when })
        expect({ number, when, actual }).toEqual({ number, when, actual: expected })
      }
  }, 240_000)
})
