import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedAgent, seedPlan, seedQuestions, seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const asked = ({ db }: TestApp): void => {
  seedTask(db, { status: 'planning', baseCommit: 'c0' })
  seedAgent(db, 't1', { id: 'planner-1', kind: 'planner' })
  seedQuestions(db, 't1', ['Which colour?', 'How many?'])
}
const answer = (id: string, json: unknown) => ({
  method: 'POST' as const,
  path: `/api/tasks/t1/questions/${id}/answer`,
  json,
})

describe('questions', () => {
  scenarios([
    {
      name: 'are listed with their suggestions and options',
      given: asked,
      request: { path: '/api/tasks/t1/questions' },
      expect: {
        status: 200,
        body: {
          questions: [
            expect.objectContaining({
              id: 'q1',
              task_id: 't1',
              text: 'Which colour?',
              status: 'pending',
              suggestions: ['the first'],
              options: ['yes', 'no'],
              asked_at: expect.any(String),
            }),
            expect.objectContaining({ id: 'q2' }),
          ],
        },
        events: [],
      },
    },
    {
      name: 'of an unknown task are 404',
      request: { path: '/api/tasks/nobody/questions' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    {
      name: 'are answered one by one; the planner waits for the rest of the round',
      given: asked,
      request: answer('q1', { answer: ' blue ' }),
      expect: {
        status: 200,
        body: { status: 'answered', question_id: 'q1', question: { answer: 'blue' } },
        events: ['question.answered', 'task.status'],
      },
    },
    {
      name: 'can be left to the planner',
      given: asked,
      request: { method: 'POST', path: '/api/tasks/t1/questions/skip' },
      expect: {
        status: 200,
        body: { questions: [expect.anything(), expect.anything()] },
        events: ['question.answered', 'question.answered', 'task.status'],
      },
    },
    {
      name: 'are not answered twice',
      given: (app) => {
        asked(app)
        app.tasks.answer('t1', 'q1', 'blue')
        app.takeEvents()
      },
      request: answer('q1', { answer: 'red' }),
      expect: { status: 409, body: refusal('question.answered'), events: [] },
    },
    {
      name: 'of another task cannot be answered (S17)',
      given: (app) => {
        asked(app)
        seedTask(app.db, { id: 't2', status: 'planning' })
      },
      request: { ...answer('q1', { answer: 'red' }), path: '/api/tasks/t2/questions/q1/answer' },
      expect: { status: 404, body: refusal('question.not-found'), events: [] },
    },
    {
      name: 'that nobody asked are 404',
      given: asked,
      request: answer('q9', { answer: 'red' }),
      expect: { status: 404, body: refusal('question.not-found'), events: [] },
    },
    ...(
      [
        ['no answer', {}, 'answer is required.'],
        ['an empty answer', { answer: '   ' }, 'answer is required.'],
        ['a number', { answer: 5 }, 'answer must be text.'],
        ['an endless answer', { answer: 'x'.repeat(20_001) }, 'at most 20000'],
      ] as const
    ).map(([what, json, sentence]) => ({
      name: `are not answered with ${what}`,
      given: asked,
      request: answer('q1', json),
      expect: { status: 400, body: refusal('request.invalid', sentence), events: [] },
    })),
    {
      name: 'are not answered once the task has moved on',
      given: async (app) => {
        asked(app)
        app.tasks.cancel('t1')
        await app.until(() => app.tasks.get('t1').phase === null)
      },
      request: answer('q1', { answer: 'red' }),
      expect: { status: 409, events: [] },
    },
    {
      name: 'cannot be left to the planner when there are none',
      given: ({ db }) => void seedTask(db, { status: 'planned' }),
      request: { method: 'POST', path: '/api/tasks/t1/questions/skip' },
      expect: { status: 409, events: [] },
    },
    {
      name: 'appear in the plan as the reference’s rows, lists as JSON texts',
      given: (app) => {
        asked(app)
        seedPlan(app.db, 't1')
      },
      request: { path: '/api/tasks/t1/plan' },
      expect: {
        status: 200,
        body: {
          questions: [
            expect.objectContaining({ suggestions: '["the first"]', options: '["yes","no"]' }),
            expect.anything(),
          ],
        },
        events: [],
      },
    },
  ])
})
