/** What a checkpoint makes of a task, whatever it was doing then. */
import { expect, test } from 'bun:test'
import type { Manifest } from '#checkpoints/manifest.ts'
import { readState } from '#checkpoints/manifest.ts'
import type { PlanStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'
import { openDb } from '#db/open.ts'
import { setBack } from '#tasks/set-back.ts'
import { seedAgent, seedPlan, seedTask } from '../../support/seed.ts'

/** Subtask `one` at work with `a1`, `two` at work with `a2`; of `a1` there is a save. */
function manifestOf(status: TaskStatus, more: Partial<Manifest['task']> = {}): Manifest {
  const { db, close } = openDb(':memory:')
  seedTask(db, { status })
  seedPlan(db, 't1', undefined, { one: 'running', two: 'queued' })
  seedAgent(db, 't1', { id: 'p1', kind: 'planner' })
  for (const [id, subtaskId] of [
    ['a1', 'one'],
    ['a2', 'two'],
  ] as const)
    seedAgent(db, 't1', { id, subtaskId })
  const state = readState(db, 't1')
  close()
  if (!state) throw new Error('there is no task')
  const saved = (agent_id: string, role: string) => ({
    ...{ agent_id, role, commit: 'c', files: 1, files_changed: 1, left_out: 0, output_bytes: 0 },
    ...{ head: 'h', branch: 'b' },
  })
  return {
    ...state,
    ...{ version: 1, id: 'c1', takenAt: 0 },
    task: { ...state.task, ...more },
    saved: [{ ...saved('a1', 'developer'), subtask_id: 'one' }, saved('p1', 'planner')],
  }
}

const withPlan = (manifest: Manifest, status: PlanStatus): Manifest => ({
  ...manifest,
  plan: manifest.plan && { ...manifest.plan, status },
})

test('a task at work rests; who has a save goes on, and what has none begins again', () => {
  for (const status of ['running', 'paused', 'approved'] as const) {
    const back = setBack(manifestOf(status), 'same-task')
    expect(back).toMatchObject({ status: 'paused', error: null, isPlanning: false })
    expect(back.agents.map(({ agent_id }) => agent_id)).toEqual(['a1'])
    expect(back.subtasks).toMatchObject([
      { id: 'one', status: 'queued', agentId: 'a1', attempt: 1 },
      { id: 'two', status: 'pending', agentId: null, attempt: 0 },
    ])
  }
})

test('a task that was planning goes on planning, with the planner that has a save', () => {
  for (const status of ['planning', 'paused'] as const) {
    const back = setBack(withPlan(manifestOf(status), 'superseded'), 'same-task')
    expect(back).toMatchObject({ status: 'paused', isPlanning: true })
    expect(back.agents.map(({ agent_id }) => agent_id)).toContain('p1')
  }
})

test('what was over is over again, but goes on in a task of its own', () => {
  for (const status of ['completed', 'cancelled', 'failed'] as const) {
    expect(setBack(manifestOf(status), 'same-task').status).toBe(status)
    expect(setBack(manifestOf(status), 'new-task').status).toBe('paused')
  }
  expect(setBack(manifestOf('cancelled'), 'same-task')).toMatchObject({
    agents: [],
    subtasks: [{ status: 'running' }, { status: 'queued' }],
  })
})

test('a failed task says again why it had failed', () => {
  expect(setBack(manifestOf('failed', { error: 'No login.' }), 'same-task').error).toBe('No login.')
  const { error: _, ...task } = manifestOf('failed').task
  const old = { ...manifestOf('failed'), task }
  expect(setBack(old, 'same-task').error).toContain('subtasks did not complete')
})

test('a plan on offer is on offer again, and one that needs no person waits for the task to go on', () => {
  const offer = withPlan(manifestOf('planned'), 'modified')
  expect(setBack(offer, 'same-task')).toMatchObject({ status: 'planned', planStatus: 'modified' })
  const byItself = { ...offer, task: { ...offer.task, autoApprove: true } }
  expect(setBack(byItself, 'same-task')).toMatchObject({ status: 'paused', planStatus: 'approved' })
})
