import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { SubtaskSpec } from '#contract/plan.ts'
import { parsePlannerAnswer, plannerJsonSchema } from '#tasks/planner-output.ts'
import {
  contextFile,
  followUpPrompt,
  quote,
  type WorkerBrief,
  workerPrompt,
} from '#tasks/prompts.ts'
import { step } from '../../support/test-tasks.ts'

describe('quoted text', () => {
  test('cannot end its own fence, whatever is in it (S12)', () => {
    const text = fc.array(fc.constantFrom('`', '``', '````', '\n', 'text', '## Rules'), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const lines = quote(parts.join('')).split('\n')
        const fence = lines[0] ?? ''
        expect(fence).toMatch(/^`{3,}$/)
        expect(lines.filter((line) => line.trim().startsWith(fence))).toHaveLength(2)
        expect(lines.at(-1)).toBe(fence)
      }),
    )
  })
})

test('a failed check comes with the end of its log, or with why there is none and what to do then', () => {
  const check = { name: 'test', state: 'failed' as const, summary: '1 failed' }
  const prompt = (more: object) =>
    followUpPrompt({ kind: 'checks', checks: [{ ...check, ...more }], comments: [], note: null })
  const withLog = prompt({ log: 'expected 2' })
  expect(withLog).toContain('1 failed\nexpected 2\n```')
  expect(withLog).not.toContain('Find out for yourself')
  expect(prompt({ log_missing: 'The token may not.' })).toContain(
    'The token may not. Find out for yourself what fails',
  )
  expect(prompt({})).toContain('What it printed is not known. Find out for yourself')
})

describe("a worker's prompt", () => {
  const subtask: SubtaskSpec = {
    ...step('docs'),
    description: 'For people.',
    files_involved: ['README.md'],
    complexity: 'low',
    agent_role: 'writer',
  }
  const brief: WorkerBrief = {
    taskPrompt: 'Build a rocket.',
    subtask,
    dependencies: [],
    skipped: [],
    messages: [],
    feedback: null,
    uploads: [],
    branch: 'klaudio/1-docs',
    instructions: undefined,
  }

  test('says what to do, who does it and where, and nothing that does not apply', () => {
    const prompt = workerPrompt(brief)
    for (const text of [
      'Subtask: docs',
      'writer',
      'Please do docs.',
      'For people.',
      '- README.md',
      'Build a rocket.',
      'klaudio/1-docs',
      '/workspace/.klaudio',
    ])
      expect(prompt).toContain(text)
    for (const text of [
      'earlier attempt',
      'CLAUDE.md',
      'Messages',
      'uploaded',
      'undefined',
      'null',
    ])
      expect(prompt).not.toContain(text)
  })

  test('grows a part for everything there is to tell', () => {
    const prompt = workerPrompt({
      ...brief,
      dependencies: [
        { id: 'api', name: 'The API', summary: 'It listens.', changedFiles: ['api.ts'] },
      ],
      skipped: [{ id: 'ui', name: 'The UI' }],
      messages: [{ from: 'user', content: 'Be brief.' }],
      feedback: 'It was too long.',
      uploads: ['spec.pdf'],
      instructions: 'Use tabs.',
    })
    for (const text of [
      'It listens.',
      '- api.ts',
      'ui (The UI)',
      'Be brief.',
      'It was too long.',
      '/workspace/input/',
      'Use tabs.',
    ])
      expect(prompt).toContain(text)
  })

  test('what dependencies did is a file as well', () => {
    const file = contextFile({ id: 'api', name: 'The API', summary: '', changedFiles: [] })
    expect(file).toBe('# api: The API\n\nNo report.\n\n## Changed files\n\nNone.\n')
  })
})

describe("a planner's output", () => {
  test('is asked for as one object at the root, because a tool takes nothing else', () => {
    expect(plannerJsonSchema()).toMatchObject({
      type: 'object',
      required: ['kind'],
      properties: {
        kind: { enum: ['questions', 'plan'] },
        questions: { type: 'array' },
        plan: { type: 'object', required: ['subtasks'] },
      },
    })
    expect(JSON.stringify(plannerJsonSchema())).not.toMatch(/anyOf|oneOf|\$schema/)
  })

  const question = { text: 'Which?' }
  const cases: { name: string; output: unknown; expected: object }[] = [
    {
      name: 'a plan with an empty list of questions beside it is a plan',
      output: { kind: 'plan', plan: { subtasks: [step('a')] }, questions: [] },
      expected: { kind: 'plan' },
    },
    {
      name: 'questions are questions, with everything left out filled in',
      output: { kind: 'questions', questions: [question] },
      expected: {
        kind: 'questions',
        questions: [{ text: 'Which?', options: [], suggestions: [] }],
      },
    },
    { name: 'words alone', output: undefined, expected: { kind: 'invalid' } },
    { name: 'a text', output: 'plan', expected: { kind: 'invalid' } },
    { name: 'no kind', output: { plan: {} }, expected: { kind: 'invalid' } },
    {
      name: 'a plan that is not there',
      output: { kind: 'plan' },
      expected: { kind: 'invalid', problems: ['`kind` is "plan", but `plan` is missing.'] },
    },
    {
      name: 'questions that are not there',
      output: { kind: 'questions', questions: [] },
      expected: { kind: 'invalid' },
    },
    {
      name: 'a question without words',
      output: { kind: 'questions', questions: [{}] },
      expected: { kind: 'invalid' },
    },
  ]
  for (const { name, output, expected } of cases)
    test(name, () => expect(parsePlannerAnswer(output)).toMatchObject(expected))
})
