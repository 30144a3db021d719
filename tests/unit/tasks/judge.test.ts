import { describe, expect, test } from 'bun:test'
import type { TurnFailure, TurnOutcome } from '#agents/agents.ts'
import { judge } from '#tasks/judge.ts'

const now = 1_000_000
const fail = (code: TurnFailure, more: object = {}): TurnOutcome => ({
  kind: 'failed',
  reason: `It was ${code}.`,
  code,
  retryable: true,
  ...more,
})

describe('what follows from the end of a turn', () => {
  const cases: { name: string; outcome: TurnOutcome; failures?: number; expected: object }[] = [
    {
      name: 'an answer is an answer',
      outcome: { kind: 'completed', text: 'done', structured: { a: 1 } },
      expected: { kind: 'answered', text: 'done', structured: { a: 1 } },
    },
    {
      name: 'an interrupted agent goes on at once',
      outcome: { kind: 'interrupted' },
      expected: { kind: 'go-on', untilMs: now },
    },
    {
      name: 'a usage limit is waited out until its reset, however often it is met',
      outcome: fail('usage-limit', { retryAtMs: now + 3_600_000 }),
      failures: 50,
      expected: { kind: 'go-on', untilMs: now + 3_600_000, isLimit: true },
    },
    {
      name: 'a rate limit without a time is waited out longer each time',
      outcome: fail('rate-limit'),
      failures: 2,
      expected: { kind: 'go-on', untilMs: now + 240_000, isLimit: true },
    },
    {
      name: 'a passing error is tried again by the same agent',
      outcome: fail('api-error'),
      expected: { kind: 'go-on', untilMs: now + 5_000, isLimit: false },
    },
    {
      name: 'a passing error that does not pass ends the attempt',
      outcome: fail('api-error'),
      failures: 3,
      expected: { kind: 'over', canRetry: true },
    },
    {
      name: 'an error that lasts ends the subtask',
      outcome: fail('api-error', { retryable: false }),
      expected: { kind: 'over', canRetry: false },
    },
    {
      name: 'a container that died is replaced',
      outcome: fail('container-lost'),
      expected: { kind: 'go-on' },
    },
    {
      name: 'work that is gone is begun anew by another agent',
      outcome: fail('container-lost', { retryable: false }),
      expected: { kind: 'over', canRetry: true },
    },
    {
      name: 'a timeout ends the attempt, and another agent may try',
      outcome: fail('timeout', { retryable: false }),
      expected: { kind: 'over', canRetry: true },
    },
    {
      name: 'a budget that is spent is not spent again',
      outcome: fail('budget'),
      expected: { kind: 'over', canRetry: false },
    },
    {
      name: 'a model that does not exist does not exist for the next agent either',
      outcome: fail('model-not-found'),
      expected: { kind: 'over', canRetry: false },
    },
    {
      name: 'refused credentials stop everything',
      outcome: fail('credentials', { retryable: false }),
      expected: { kind: 'hopeless', reason: 'It was credentials.' },
    },
  ]
  for (const { name, outcome, failures = 0, expected } of cases)
    test(name, () => {
      expect(judge(outcome, { failuresInARow: failures, now })).toMatchObject(expected)
    })
})
