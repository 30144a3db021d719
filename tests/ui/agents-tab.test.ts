import { describe, expect, test } from 'bun:test'
import type { Agent } from '#contract/agent.ts'
import { notePulse, pulseOf, pulseSteps } from '../../ui/src/data/pulse.ts'
import { toEnding, toRemovedWords, toStartSteps } from '../../ui/src/features/agents/agent-words.ts'
import {
  countWalls,
  forWall,
  matchesFilter,
  nextFilter,
} from '../../ui/src/features/agents/agents-filter.ts'
import {
  fitsLive,
  type LiveFilter,
  type LiveState,
  liveStates,
  nextLiveState,
} from '../../ui/src/features/agents/live-filter.ts'
import { countGroups, toMarks, visibleRows } from '../../ui/src/lib/activity/filter.ts'
import { toSpans } from '../../ui/src/lib/ansi-spans.ts'
import { toJsonTokens } from '../../ui/src/lib/json-tokens.ts'
import { makeAgent, makeTask } from './mock-data.ts'
import { rowsOfRecording } from './recordings.ts'

const agent = (status: Agent['status'], kind: Agent['kind'] = 'worker') => ({ status, kind })
const idle = { phase: null }

describe('agents of a task', () => {
  test('a filter shows those it names, and F goes round them', () => {
    expect(matchesFilter(agent('lost'), 'failed', idle)).toBe(true)
    expect(matchesFilter(agent('created'), 'running', idle)).toBe(true)
    expect(matchesFilter(agent('completed'), 'running', idle)).toBe(false)
    const asking = { ...agent('running'), phase: 'awaiting_permission' } as const
    expect([matchesFilter(asking, 'need', idle), matchesFilter(asking, 'running', idle)]).toEqual([
      true,
      false,
    ])
    expect(matchesFilter(agent('running', 'planner'), 'need', { phase: 'awaiting_answers' })).toBe(
      true,
    )
    expect(matchesFilter(agent('running', 'planner'), 'need', idle)).toBe(false)
    expect(nextFilter(nextFilter(nextFilter(nextFilter('all'))))).toBe('all')
  })

  test('the wall has room for twelve, those at work first', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      ...agent(index > 40 ? 'running' : 'completed'),
      index,
    }))
    const wall = forWall(many)
    expect(wall).toHaveLength(12)
    expect(wall.slice(0, 9).map(({ index }) => index)).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49])
    expect(wall[9]?.index).toBe(0)
    expect(forWall(many, 4).map(({ index }) => index)).toEqual([39, 40])
    expect([0, 12, 13, 50].map(countWalls)).toEqual([1, 1, 2, 5])
  })

  test('what was heard of an agent counts for two minutes', () => {
    const at = (secondsAgo: number): string =>
      new Date(Date.now() - secondsAgo * 1000).toISOString()
    for (const seconds of [300, 95, 4, 3, 2])
      notePulse({ agent_id: 'busy', created_at: at(seconds) })
    const counts = pulseOf('busy', Date.now())
    expect(counts).toHaveLength(pulseSteps)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
    expect(counts.at(-1)).toBe(3)
    expect(pulseOf('silent', Date.now()).every((count) => count === 0)).toBe(true)
  })

  test('an agent that starts says how far it is, and one that ended what happened', () => {
    const steps = toStartSteps({ id: 'a', phase: 'warm', created_at: '2026-01-01T12:00:00Z' }, [])
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'wait'])
    expect(toEnding({ status: 'failed', error: 'Out of memory.' })).toEqual({
      glyph: 'fail',
      isFault: true,
      text: 'Out of memory.',
    })
    expect(toEnding({ status: 'running' })).toBeUndefined()
  })

  test('an agent whose output was removed says when, how much, and after how many days', () => {
    const at = '2026-03-01T12:00:00.000Z'
    const date = new Date(at).toLocaleDateString()
    expect(toRemovedWords({ output_removed: { at, bytes: 2048, days: 30 } })).toContain(
      `Output before ${date} (2.0 KB) was removed after 30 days`,
    )
    expect(toRemovedWords({ output_removed: { at, bytes: 2048 } })).toContain('to make room')
    expect(toRemovedWords({})).toBe('')
  })
})

describe('what a reader chooses to see', () => {
  const rows = rowsOfRecording('basic-tools')
  const all = { groups: new Set<never>(), onlyErrors: false, isOpen: () => true }

  test('every row belongs to a group, and its chip shows it', () => {
    const counts = countGroups(rows)
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length)
    const commands = visibleRows(rows, { ...all, groups: new Set(['commands' as const]) })
    expect(commands.map(({ kind }) => kind)).toEqual(['bash'])
    expect(visibleRows(rows, { ...all, onlyErrors: true }).length).toBe(1)
  })

  test('a folded subagent hides what it did, whatever the depth', () => {
    const inside = rowsOfRecording('agents-fg')
    const folded = visibleRows(inside, { ...all, isOpen: () => false })
    expect(folded.some(({ depth }) => depth > 0)).toBe(false)
    expect(visibleRows(inside, all).some(({ depth }) => depth > 0)).toBe(true)
  })

  test('the strip never loses an error, however many events share a pixel', () => {
    const [call] = rows.filter(({ kind }) => kind === 'edit')
    const [error] = rows.filter(({ kind }) => kind === 'bash')
    if (!call || !error) throw new Error('the recording has both')
    const many = Array.from({ length: 5000 }, () => call)
    const marks = toMarks([...many, error, ...many], 100)
    expect(marks).toHaveLength(100)
    expect(marks.filter((mark) => mark === 'error')).toHaveLength(1)
  })
})

describe('text with colours', () => {
  test('colours of programs become spans without losing a character', () => {
    expect(toSpans('\u001b[1;31mFAIL\u001b[0m x')).toEqual([
      { text: 'FAIL', isBold: true, colour: 1 },
      { text: ' x' },
    ])
    expect(toSpans('\u001b[38;5;196mred\u001b[39m')).toEqual([{ text: 'red' }])
    expect(toSpans('\u001b[38;2;1;31;4mrgb')).toEqual([{ text: 'rgb' }])
  })

  test('JSON is coloured without losing a character, broken or not', () => {
    for (const text of ['{"a": [1, true, "x: \\"y"]}', '{"cut": "of', 'not json at all', ''])
      expect(
        toJsonTokens(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text)
    expect(toJsonTokens('{"a":-1.5e3}').map(({ kind }) => kind)).toEqual([
      'plain',
      'key',
      'plain',
      'number',
      'plain',
    ])
  })
})

describe('agents of all tasks', () => {
  const all = { state: 'all', taskId: '', words: '' } as const
  const rates = makeTask('rate-limits', { name: 'Rate limits' })
  const store = makeAgent('redis-store', { task_id: 'rate-limits', activity: 'Edit src/store.ts' })

  test('are found by state, task and words of what is said of them', () => {
    const frozen = { ...store, frozen_since: '2026-01-01T00:00:00Z' }
    const fits = (agent: typeof store, filter: Partial<LiveFilter>): boolean =>
      fitsLive(agent, rates, { ...all, ...filter })
    expect(fits(store, {})).toBe(true)
    expect(fits(store, { state: 'running' })).toBe(true)
    expect(fits(store, { state: 'waiting' })).toBe(false)
    expect([fits(frozen, { state: 'frozen' }), fits(frozen, { state: 'running' })]).toEqual([
      true,
      false,
    ])
    expect(fits({ ...store, status: 'queued' }, { state: 'waiting' })).toBe(true)
    expect(fits(store, { taskId: 'another' })).toBe(false)
    expect(fits(store, { words: 'STORE.ts rate' })).toBe(true)
    expect(fits(store, { words: 'store nothing' })).toBe(false)
  })

  test('F goes round the states', () => {
    let state: LiveState = 'all'
    for (const _ of liveStates) state = nextLiveState(state)
    expect(state).toBe('all')
  })
})
