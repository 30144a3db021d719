import { describe, expect, test } from 'bun:test'
import type { Halt } from '#contract/ending.ts'
import {
  describeRemoving,
  describeSaved,
  describeStopping,
  goesWith,
} from '../../ui/src/lib/halt-words.ts'
import { makeTask } from './mock-data.ts'

const mockTask = makeTask('one', { branch: 'klaudio/one' })

const halt = (more: Partial<Halt> = {}): Halt => ({
  asked_at: '2026-11-22T10:00:00Z',
  by: 'person',
  agents: 5,
  at_rest: 3,
  saved: 3,
  lost: [],
  ...more,
})

describe('what is said of a stop', () => {
  test('counts those that are saved, and says what it waits for', () => {
    expect(describeStopping({ halt: halt() })).toBe('Stopping: 3 of 5 agents saved.')
    const error = 'Docker is not answering.'
    expect(describeStopping({ halt: halt({ agents: 1, at_rest: 0 }), error })).toBe(
      'Stopping: 0 of 1 agent saved. Docker is not answering.',
    )
    expect(describeStopping({})).toStartWith('Stopping.')
  })

  test('says what was kept, who goes on with it, and what was not', () => {
    const all = describeSaved({ halt: halt({ at_rest: 5, saved: 5 }) })
    expect(all).toBe('The files and conversations of 5 agents are saved; Resume continues them.')
    expect(describeSaved({ halt: halt({ by: 'shutdown' }) })).toContain('its next start')
    const some = describeSaved({ halt: halt({ at_rest: 5, saved: 4, lost: ['a'] }) })
    expect(some).toContain('1 agent could not be stopped; its subtasks start anew.')
    expect(describeSaved({ halt: halt({ agents: 0 }) })).toStartWith('No agent was at work')
  })

  test('names what a deletion takes along, and what it waits for', () => {
    const error = 'Docker is not answering.'
    expect(describeRemoving({ error })).toEndWith(error)
    const lines = goesWith(mockTask)
    expect(lines.join('\n')).toContain(mockTask.branch)
    expect(lines.at(-1)).toContain('timeline')
    expect(goesWith({ ...mockTask, base_commit: null }).join('\n')).not.toContain(mockTask.branch)
  })
})
