import { describe, expect, test } from 'bun:test'
import {
  addSubtask,
  changeSubtask,
  countChanges,
  problemsOfDraft,
  removeSubtask,
  toDraft,
  toggleDependency,
} from '../../ui/src/features/plan/draft.ts'
import { relatives, toNodes } from '../../ui/src/features/plan/nodes.ts'
import { makeAgent, makePlan } from './mock-data.ts'

const plan = makePlan('t', [
  ['docs', 'Docs', 'pending', []],
  ['tests', 'Tests', 'pending', ['docs']],
  ['release', 'Release', 'pending', ['tests']],
])
const draft = toDraft(plan)

describe('editing a plan', () => {
  test('begins with nothing changed and nothing wrong', () => {
    expect(countChanges(plan, draft)).toBe(0)
    expect(problemsOfDraft(draft)).toEqual([])
  })

  test('refuses a loop and names its path', () => {
    const result = toggleDependency(draft, 'docs', 'release')
    expect(result).toEqual({ ok: false, cycle: ['docs', 'release', 'tests', 'docs'] })
  })

  test('joins the neighbours of a subtask that is removed', () => {
    const next = removeSubtask(draft, 'tests')
    expect(next.map(({ id, depends_on }) => [id, depends_on])).toEqual([
      ['docs', []],
      ['release', ['docs']],
    ])
    expect(countChanges(plan, next)).toBe(2)
  })

  test('a new subtask has an id of its own and must be told what to do', () => {
    const next = addSubtask(addSubtask(draft, 'docs'))
    expect(next.slice(3).map(({ id, depends_on }) => [id, depends_on])).toEqual([
      ['subtask-4', ['docs']],
      ['subtask-5', []],
    ])
    expect(problemsOfDraft(next).join('\n')).toContain('subtask-4')
    expect(problemsOfDraft(changeSubtask(draft, 'docs', { prompt: 'Write.' }))).toEqual([])
  })

  test('an empty model means that of the task', () => {
    const named = changeSubtask(draft, 'docs', { model: 'haiku' })
    expect(named[0]?.model).toBe('haiku')
    expect(changeSubtask(named, 'docs', { model: '' })).toEqual(draft)
  })
})

describe('what a node says', () => {
  const running = makePlan('t', [
    ['a', 'First', 'completed', []],
    ['b', 'Second', 'running', ['a']],
    ['c', 'Third', 'pending', ['a', 'b']],
    ['d', 'Fourth', 'failed', []],
  ])
  const agents = [makeAgent('agent-b', { subtask_id: 'b', activity: 'Edit store.ts' })]

  test('is what it does, what it waits for, or why it failed', () => {
    expect(toNodes(running.subtasks, { agents, now: 0 }).map(({ detail }) => detail)).toEqual([
      '',
      'Edit store.ts',
      'After Second',
      'pnpm test failed 3 times, last: NOSCRIPT No matching script. Use EVAL.',
    ])
  })

  test('of a stopped task it says how it goes on', () => {
    const stopped = makePlan('t', [
      ['a', 'First', 'queued', []],
      ['b', 'Second', 'pending', ['a']],
    ])
    const nodes = toNodes(stopped.subtasks, { agents: [], now: 0, isStopped: true })
    expect(nodes.map(({ status }) => status.word)).toEqual(['Stopped', 'Waiting'])
  })

  test('its relatives are all it needs and all that needs it', () => {
    const nodes = toNodes(running.subtasks, { agents: [], now: 0 })
    expect([...relatives(nodes, 'b')].sort()).toEqual(['a', 'b', 'c'])
    expect([...relatives(nodes, 'd')]).toEqual(['d'])
  })
})
