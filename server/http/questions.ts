import { Hono } from 'hono'
import * as v from 'valibot'
import { QuestionAnswered, QuestionList } from '#contract/answers.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { json } from './validate.ts'

const Answer = v.object({
  answer: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty('answer is required.'),
    v.maxLength(20_000, 'An answer may have at most 20000 characters.'),
  ),
})

export const questionRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .get(
      '/:id/questions',
      answers('Questions of the planner, of every round.', QuestionList),
      (c) => c.json({ questions: tasks.questions(c.req.param('id')) }),
    )
    .post(
      '/:id/questions/skip',
      answers('Lets the planner decide everything still open.', QuestionList, {
        errors: ['task.wrong-state', 'task.busy'],
      }),
      (c) => c.json({ questions: tasks.skipQuestions(c.req.param('id')) }),
    )
    .post(
      '/:id/questions/:qid/answer',
      answers('Answers a question; the last open one lets the planner go on.', QuestionAnswered, {
        errors: ['task.wrong-state', 'task.busy', 'question.answered'],
      }),
      json(Answer),
      (c) => {
        const question = tasks.answer(
          c.req.param('id'),
          c.req.param('qid'),
          c.req.valid('json').answer,
        )
        return c.json({ status: 'answered' as const, question_id: question.id, question })
      },
    )
