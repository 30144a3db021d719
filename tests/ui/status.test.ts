import { describe, expect, test } from 'bun:test'
import type { Agent } from '#contract/agent.ts'
import { agentStatus, subtaskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { describeAgent, isDoing } from '../../ui/src/data/status.ts'
import { matchesFilter } from '../../ui/src/features/agents/agents-filter.ts'
import { toNodes } from '../../ui/src/features/plan/nodes.ts'
import { toAgentItem } from '../../ui/src/features/shell/palette-items.ts'
import { makeAgent, makeTask, plans } from './mock-data.ts'

const needsYou = { glyph: 'need', word: 'Needs you' } as const

const pick = (id: string, over: Partial<Agent>): Agent =>
  makeAgent(id, { status: 'running', ...over })
const taskIn = (phase: Task['phase']): Task => makeTask('checkout', { name: 'Checkout', phase })

const asking = taskIn('awaiting_answers')
/** Who waits for a person: a planner for answers, anybody for a permission. */
const waiting: [name: string, agent: Agent, task: Task][] = [
  ['a planner that asked', pick('planner', { kind: 'planner', phase: 'idle' }), asking],
  [
    'a planner that asked and says what it did last',
    pick('planner', { kind: 'planner', phase: 'working', activity: 'Reading cart.ts' }),
    asking,
  ],
  [
    'a worker that asks for permission',
    pick('worker', { kind: 'worker', phase: 'awaiting_permission', activity: 'rm -rf dist' }),
    taskIn(null),
  ],
  [
    'a worker that asked a question',
    pick('worker', { phase: 'working', activity: 'ask_person', asks_person: true }),
    taskIn(null),
  ],
  [
    'a reviewer whose findings a person is to decide about',
    pick('reviewer', { kind: 'reviewer', phase: 'idle', asks_person: true }),
    taskIn('reviewing'),
  ],
]

describe('who waits for a person', () => {
  test.each(waiting)('%s looks the same wherever it is shown', (_, agent, task) => {
    expect(agentStatus(agent, task)).toEqual(needsYou)
    expect(describeAgent(agent, task)).toBe('Needs you')
    expect(isDoing(agent, task)).toBe(false)
    expect(matchesFilter(agent, 'need', task)).toBe(true)
    expect(toAgentItem(agent, { name: 'x', task, run: () => undefined })).toMatchObject({
      glyph: 'need',
      detail: 'Needs you · Checkout',
    })
  })

  test('its subtask says the same, unless it is frozen', () => {
    for (const [, agent] of waiting.slice(2)) {
      const [subtask] = plans['rate-limits']?.subtasks ?? []
      if (!subtask) throw new Error('The plan of the mock is empty.')
      const running = { ...subtask, status: 'running' as const, agent_id: agent.id }
      const of = (each: Agent) => toNodes([running], { agents: [each], now: 0 })[0]?.status
      expect(of(agent)).toEqual(agentStatus(agent, undefined))
      const frozen = { ...agent, frozen_since: '2026-01-01T00:00:00.000Z' }
      expect(of(frozen)).toEqual(agentStatus(frozen, undefined))
    }
  })

  test('one that is over does not', () => {
    const over = { status: 'completed', asks_person: true } as const
    expect(agentStatus(pick('x', over), taskIn(null)).word).toBe('Done')
  })

  test('nobody else of a task that asks does', () => {
    const worker = pick('worker', { kind: 'worker', phase: 'working', activity: 'Reading cart.ts' })
    expect(agentStatus(worker, asking).word).toBe('Running')
    expect(describeAgent(worker, asking)).toBe('Reading cart.ts')
    expect(isDoing(worker, asking)).toBe(true)
    const ended = pick('planner', { kind: 'planner', status: 'completed', phase: 'idle' })
    expect(agentStatus(ended, asking).word).toBe('Done')
  })
})

/** Without the task a planner that asks is shown as one that runs. */
test('every place that shows an agent says which task it is of', async () => {
  const calls: string[] = []
  for await (const file of new Bun.Glob('**/*.{ts,tsx}').scan('ui/src'))
    for (const [call] of (await Bun.file(`ui/src/${file}`).text()).matchAll(
      /\b(?:agentStatus|describeAgent|isDoing)\((?:[^()]|\([^()]*\))*\)/g,
    ))
      calls.push(`${file}: ${call.replaceAll(/\s+/g, ' ')}`)
  expect(calls.length).toBeGreaterThan(8)
  expect(calls.filter((call) => !/, (?:task|props\.task)\)$|status\.ts/.test(call))).toEqual([])
})

test('a subtask says who is awaited: a person for a review, an agent with both sides for a conflict', () => {
  const sides = { paths: ['a.ts'], ours: 'a', theirs: 'b', attempts: 1 }
  const resolution = { state: 'resolving', by: 'agent', ...sides } as const
  const resolving = { glyph: 'review', word: 'Resolving' } as const
  expect(subtaskStatus({ status: 'integrating', resolution })).toEqual(resolving)
  expect(subtaskStatus({ status: 'completed', resolution }).word).toBe('Done')
  const open = { ...resolution, state: 'open' as const }
  expect(subtaskStatus({ status: 'failed', resolution: open }).word).toBe('Failed')
  const verdict = {
    verdict: 'needs_fix',
    summary: '',
    findings: [],
    commit: 'c',
    round: 2,
    at: '',
  } as const
  const asked = { ...verdict, findings: [], question_id: 'q1' }
  expect(subtaskStatus({ status: 'running', verdict: asked }).word).toBe('Needs you')
})
