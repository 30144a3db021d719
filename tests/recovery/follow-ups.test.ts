/**
 * Kills the server before and after transactions of a run whose pull request gets a failing check, which its agent mends. Whatever the moment,
 * the end is the same as without a crash: the check is green, and the agent was asked once.
 */
import { expect, test } from 'bun:test'
import type { PullRequest } from '#contract/delivery.ts'
import type { TaskDeps } from '#tasks/deps.ts'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { everything } from '../support/delivered.ts'
import { attend, createTask } from '../support/person.ts'
import { createWorld, done, planThenWork, step, type World } from '../support/test-tasks.ts'
import { stride } from '../support/thorough.ts'

const pull: PullRequest = {
  ...{ number: 1, url: 'https://git.example.com/1', title: 'T', state: 'open', is_draft: false },
}

/** A forge whose check passes what was pushed second. */
function createForge(head: () => string) {
  const pushed: string[] = []
  const delivery: TaskDeps['delivery'] = {
    async run({ save }) {
      const commit = head()
      const isNew = pushed.at(-1) !== commit
      if (isNew) pushed.push(commit)
      save({ kind: 'pushed', commit, commits: 1, isNew })
      save({ kind: 'pull-request', pullRequest: pull, isNew: pushed.length === 1, notes: [] })
      return { state: 'delivered', target: 'main' }
    },
    async look({ pullRequest, commit }) {
      const state = commit === pushed[0] ? 'failed' : 'passed'
      return { ...pullRequest, checks: [{ name: 'test', state, log: 'a.txt is broken' }] }
    },
    issue: () => Promise.reject(new Error('no forge')),
  }
  return { pushed, delivery }
}

async function play(point?: CrashPoint): Promise<{ commits: number; facts: unknown }> {
  const crash = createCrashPoint(point)
  // What it has done stands for the content of its branch, which these agents do not change.
  const worked = (): number =>
    [...world.engine.turns.values()].filter(({ kind }) => kind === 'worker').length
  const forge = createForge(() => worked().toString(16).padStart(40, '0'))
  await using world: World = createWorld({
    script: planThenWork({ subtasks: [step('a')] }, (turn) => done(turn)),
    delivery: forge.delivery,
    onCommit: crash.onCommit,
  })
  const settings = { pr_reviewers: [], pr_labels: [], pr_draft: false, auto_fix_checks: true }
  const create = (): string =>
    world.create({
      ...{ source: { kind: 'git', url: 'https://git.example.com/a/b' }, access_token: 'secret' },
      ...{ delivery: { ...everything, ...settings }, auto_approve: true },
    }).id
  const id = await createTask(world, () => create())
  await untilGreen(world, id)
  expect(crash.wasMet()).toBe(point !== undefined)
  return { commits: crash.commits(), facts: facts(world, id, forge.pushed) }
}

/** Starts the server again when it has died, and lets it follow, as its front does. */
async function untilGreen(world: World, id: string): Promise<void> {
  const isGreen = (): boolean =>
    world.tasks.followUps(id).some(({ state }) => state === 'done') &&
    world.tasks.get(id).delivery?.pull_request?.checks?.[0]?.state === 'passed'
  for (;;) {
    await attend(world, id)
    world.tasks.follow()
    await world.until('a green check', () => world.isDead() || isGreen())
    if (!world.isDead()) return
    await world.restart()
  }
}

function facts(world: World, id: string, pushed: readonly string[]): unknown {
  const { status, error, phase, agents = [] } = world.tasks.get(id)
  const turns = [...world.engine.turns.values()]
  const times = (type: string): number => world.types(id).filter((each) => each === type).length
  return {
    ...{ status, error, phase, pushed },
    turns: turns.map(({ kind, attempt, number }) => [kind, attempt, number].join(' ')).toSorted(),
    asked: turns.filter(({ prompt }) => prompt.includes('a.txt is broken')).length,
    agents: agents.map(({ kind }) => kind).toSorted(),
    followUps: world.tasks
      .followUps(id)
      .map(({ kind, state, subtask_id, answer }) => [kind, state, subtask_id, answer]),
    told: [times('follow-up.started'), times('follow-up.ended')],
    waiting: world.tasks.attention({ limit: 5 }).total,
  }
}

test('a failing check is mended once and ends green, wherever the server dies', async () => {
  const { commits, facts: expected } = await play()
  expect(expected).toMatchObject({
    ...{ status: 'completed', asked: 1, told: [1, 1], waiting: 0 },
    turns: ['planner 1 1', 'worker 1 1', 'worker 1 2'],
    followUps: [['checks', 'done', 'a', expect.any(String)]],
  })
  for (let number = 1; number <= commits; number += stride(1, 12))
    for (const when of ['before', 'after'] as const) {
      const { facts: found } = await play({ number, when })
      expect({ number, when, found }).toEqual({ number, when, found: expected })
    }
}, 300_000)
