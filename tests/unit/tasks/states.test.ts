import { describe, expect, test } from 'bun:test'
import { taskStatuses } from '#contract/task.ts'
import { canBecome, possibleVerbs, transitions, verbs, wrongState } from '#tasks/states.ts'

describe('the table of task states', () => {
  test('every state but completed has a way forward, and a verb that takes it', () => {
    for (const status of taskStatuses) {
      if (status === 'completed') continue
      expect(transitions[status].length).toBeGreaterThan(0)
      expect(possibleVerbs(status).length).toBeGreaterThan(1)
    }
  })

  test('every state can be reached from created', () => {
    const reached = new Set<string>(['created'])
    for (const status of reached)
      for (const next of transitions[status as keyof typeof transitions]) reached.add(next)
    expect([...reached].sort()).toEqual([...taskStatuses].sort())
  })

  test('whatever can be cancelled may become cancelled, and the other way round', () => {
    for (const status of taskStatuses)
      expect(canBecome(status, 'cancelled')).toBe(
        (verbs.cancel as readonly string[]).includes(status),
      )
  })

  test('a refusal names the state and what is possible in it', () => {
    expect(wrongState('approve', 'paused').message).toBe(
      'The task is paused, so it is not possible to approve now. Possible: edit, replan, resume, retry a subtask, skip a subtask, set up, follow up, restore, cancel, delete.',
    )
  })
})
