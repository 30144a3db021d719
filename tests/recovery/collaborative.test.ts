/**
 * Kills the server before and after transactions of a collaborative run in which one worker fails and is replaced, another is sent
 * back, and the reviewer finds something in the work of the third. Manager and workers live on and wait for their answers. Whatever the moment, the end is the same as without a crash, and
 * nothing that was said is heard twice or not at all.
 */
import { expect, test } from 'bun:test'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import type { FakeTurn, Script } from '../support/fake-agents.ts'
import { attend, createTask } from '../support/person.ts'
import { giveTeam, team } from '../support/team.ts'
import { createWorld, done, planned, step, type World } from '../support/test-tasks.ts'
import { stride } from '../support/thorough.ts'

const workers = ['a', 'b', 'c']

const review = step('review', [], { agent_role: 'reviewer' })

/** Everything that was said to somebody, in the order of their hearing it. */
type Heard = Map<string, string[]>

async function manage({ call }: FakeTurn, heard: string[]): Promise<void> {
  const until = async (word: string): Promise<void> => {
    for (let text = ''; !text.includes(word); heard.push(text))
      text = (await call('wait_for_messages')).text
  }
  for (const worker of workers) await call('write_directive', { worker, text: `Go, ${worker}.` })
  await until('[ALL_WORKERS_DONE]')
  await call('respawn_worker', { worker: 'b', instructions: 'Again.' })
  await call('request_changes', { worker: 'a', what: 'Better.' })
  await until('[ALL_WORKERS_DONE]')
  await call('write_directive', { worker: 'review', text: 'Look.' })
  await until('[WORKER_COMPLETED] review')
  await call('approve', { summary: 'Fine.' })
}

async function work({ subtaskId, attempt, number, call }: FakeTurn): Promise<void> {
  if (subtaskId === 'b' && attempt === 1) await call('report_failed', { reason: 'No.' })
  if (subtaskId === 'c' && number === 1)
    await call('send_message', { to: 'manager', text: 'From c.' })
}

function cast(heard: Heard): Script {
  return async (turn) => {
    const { kind, subtaskId, attempt, call } = turn
    const own = heard.get(subtaskId ?? kind) ?? []
    heard.set(subtaskId ?? kind, own)
    if (kind === 'planner') return planned({ subtasks: [...workers.map((id) => step(id)), review] })
    if (kind === 'manager') await manage(turn, own)
    else if (kind === 'reviewer') await call('submit_review', attempt === 1 ? needsFix : approved)
    else await work(turn)
    return done(turn)
  }
}

const approved = { verdict: 'approved', summary: 'Right.' }
const needsFix = {
  ...{ verdict: 'needs_fix', summary: 'Not yet.' },
  findings: [{ to: 'c', what: 'Quieter.' }],
}

async function play(point?: CrashPoint): Promise<{ commits: number; facts: unknown }> {
  const crash = createCrashPoint(point)
  const heard: Heard = new Map()
  await using world = createWorld({
    script: cast(heard),
    onCommit: crash.onCommit,
  })
  const snapshot = team({ mode: 'collaborative', max_agents: 4, review: true, roles: [] })
  const team_template = giveTeam(world.db, snapshot)
  const create = () => world.create({ team_template, auto_approve: true })
  const id = await createTask(world, () => create().id)
  await attend(world, id)
  expect(crash.wasMet()).toBe(point !== undefined)
  return { commits: crash.commits(), facts: facts(world, id, heard) }
}

function facts(world: World, id: string, heard: Heard): unknown {
  const { status, error } = world.tasks.get(id)
  const turns = [...world.engine.turns.values()]
  const said = (heard.get('manager') ?? []).join('\n')
  return {
    status,
    error,
    turns: turns
      .map(({ kind, subtaskId, attempt, number }) => [kind, subtaskId, attempt, number].join(' '))
      .sort(),
    subtasks: world.tasks.plan(id).subtasks.map((row) => [row.id, row.status, row.attempt]),
    messages: world.tasks
      .messages(id, { limit: 200 })
      .map((m) => `${m.from_subtask_id} ${m.to_subtask_id} ${m.msg_type} ${m.content}`)
      .filter((text) => !text.includes('ALL_WORKERS_DONE'))
      .sort(),
    // Each exactly once.
    quieter: turns.filter(({ prompt }) => prompt.includes('Quieter.')).length,
    fromC: said.split('From c.').length - 1,
    failed: said.split('[WORKER_FAILED] b').length - 1,
  }
}

test('a collaborative run ends the same wherever the server dies', async () => {
  const { commits, facts: expected } = await play()
  expect(expected).toMatchObject({ status: 'completed', fromC: 1, failed: 1, quieter: 2 })
  for (let number = 1; number <= commits; number += stride(1, 47))
    for (const when of ['before', 'after'] as const) {
      const { facts: found } = await play({ number, when })
      expect({ number, when, found }).toEqual({ number, when, found: expected })
    }
}, 300_000)
