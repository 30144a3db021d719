import { describe, expect, test } from 'bun:test'
import type { Plan, Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { countHeld, toAttention } from '../../ui/src/data/attention-items.ts'
import { makePlan, makeTask } from './mock-data.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()
const question = (id: string, change: Partial<Question> = {}): Question => ({
  id,
  task_id: 'ask',
  round: 1,
  text: id,
  suggestions: [],
  options: [],
  status: 'pending',
  asked_at: minutesAgo(5),
  ...change,
})

function list(
  tasks: Task[],
  known: { questions?: Question[]; plan?: Plan; isLoading?: boolean } = {},
): string[] {
  return toAttention(
    tasks,
    {
      questions: () => known.questions,
      plan: () => known.plan,
      isLoading: () => known.isLoading ?? false,
    },
    now,
  ).map(({ kind, id }) => `${kind} ${id}`)
}

describe('what needs a person', () => {
  test('each open question, before plans, before failures', () => {
    const tasks = [
      makeTask('broken', { status: 'failed', phase: null, updated_at: minutesAgo(60) }),
      makeTask('ready', { status: 'planned', phase: null, updated_at: minutesAgo(30) }),
      makeTask('ask', { status: 'planning', phase: 'awaiting_answers' }),
    ]
    const questions = [question('q1'), question('q2'), question('q0', { status: 'answered' })]
    expect(list(tasks, { questions })).toEqual([
      'question q1',
      'question q2',
      'plan plan-ready',
      'failed failed-broken',
    ])
  })

  test('a failed subtask while the rest runs, and a conflict as such', () => {
    const plan = makePlan('t', [
      ['a', 'A', 'failed', []],
      ['b', 'B', 'failed', []],
      ['c', 'C', 'running', []],
    ])
    const [, second] = plan.subtasks
    if (second) second.conflicts = ['src/a.ts']
    const progress = { total: 3, completed: 0, running: 1, failed: 2, skipped: 0 }
    const items = list([makeTask('t', { status: 'running', progress })], { plan })
    expect(items.toSorted()).toEqual(['conflict subtask-t-b', 'subtask subtask-t-a'])
  })

  test('nothing of a task whose plan is still on its way', () => {
    const failed = makeTask('t', {
      status: 'failed',
      phase: null,
      updated_at: minutesAgo(1),
    })
    expect(list([failed], { isLoading: true })).toEqual([])
    expect(list([failed])).toEqual(['failed failed-t'])
  })

  test('a task that failed more than a day ago waits for nobody', () => {
    const old = makeTask('old', { status: 'failed', phase: null, updated_at: minutesAgo(1500) })
    expect(list([old])).toEqual([])
  })

  test('a task that works, or is finished, needs nobody', () => {
    expect(list([makeTask('a', {}), makeTask('b', { status: 'completed', phase: null })])).toEqual(
      [],
    )
  })
})

test('what a failure holds is counted through others, without what is done', () => {
  const { subtasks } = makePlan('t', [
    ['a', 'A', 'failed', []],
    ['b', 'B', 'skipped', ['a']],
    ['c', 'C', 'pending', ['b']],
    ['d', 'D', 'completed', ['a']],
    ['e', 'E', 'pending', []],
  ])
  expect(countHeld('a', subtasks)).toBe(2)
})
