import { describe, expect, test } from 'bun:test'
import { keepSame, relatives, toNodes } from '../../ui/src/features/plan/nodes.ts'
import { makeAgent, makePlan } from './mock-data.ts'

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

  test('of a frozen agent it says that it does not move', () => {
    const frozen = agents.map((agent) => ({ ...agent, frozen_since: '2026-01-01T00:00:00Z' }))
    const [, second] = toNodes(running.subtasks, { agents: frozen, now: 0 })
    expect(second?.status).toEqual({ glyph: 'pause', word: 'Frozen' })
    expect(second?.detail).toBe('Frozen, goes on with Unfreeze')
  })

  test('its relatives are all it needs and all that needs it', () => {
    const nodes = toNodes(running.subtasks, { agents: [], now: 0 })
    expect([...relatives(nodes, 'b')].sort()).toEqual(['a', 'b', 'c'])
    expect([...relatives(nodes, 'd')]).toEqual(['d'])
  })
  test('a node that says the same stays the same object, and so does a whole list', () => {
    const at = (activity: string) =>
      toNodes(running.subtasks, {
        agents: agents.map((agent) => ({ ...agent, activity })),
        now: 0,
      }).map((node) => ({ ...node, agent: undefined }))
    const before = keepSame(undefined, at('Edit store.ts'))
    expect(keepSame(before, at('Edit store.ts'))).toBe(before)
    const after = keepSame(before, at('Bash pnpm test'))
    expect(after.map((node, index) => node === before[index])).toEqual([true, false, true, true])
    expect(after[1]?.detail).toBe('Bash pnpm test')
    expect(keepSame(before, before.slice(1))).toEqual(before.slice(1))
  })
})
