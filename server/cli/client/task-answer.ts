import { exitCodes } from '#cli/exit-codes.ts'
import type { Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, print, textOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { askQuestions, chosen, sendAnswer } from './person.ts'
import { toSafeLine } from './safe-text.ts'
import { openQuestions, renderQuestions } from './task-show.ts'
import { finishOrWatch } from './task-watch.ts'

export async function answerTask(call: Call): Promise<number> {
  const [typed = '', ...given] = call.words
  const task = await findTask(call.api, typed)
  if (isSet(call, 'skip')) return await skipQuestions(call, task, given)
  const questions = await openQuestions(call.api, task)
  if (questions.length === 0)
    throw new Failure(exitCodes.conflict, 'The task has no open question.', {
      code: 'question.not-found',
    })
  if (given.length === 0) return await askAll(call, task, questions)
  const [which, word = ''] = given.length === 1 ? [undefined, given[0]] : given
  const question = pickQuestion(call, questions, which)
  const answer = chosen(question, (await textOf(call, word)).trim())
  const answered = await sendAnswer(call, { task, question, answer })
  return await finishOrWatch(call, task, () =>
    print(call, answered, () => [`Answered: ${toSafeLine(answer)}`]),
  )
}

async function skipQuestions(call: Call, task: Task, given: readonly string[]): Promise<number> {
  if (given.length > 0)
    throw usage('--skip leaves all open questions to the planner; give no answer.')
  const answer = await call.api.send('POST', `${taskPath(task)}/questions/skip`)
  return await finishOrWatch(call, task, () =>
    print(call, answer, () => ['The planner decides what was still open.']),
  )
}

async function askAll(call: Call, task: Task, questions: readonly Question[]): Promise<number> {
  if (!call.terminal.canAsk || isSet(call, 'no-input'))
    throw usage('Give an answer: klaudio task answer TASK QUESTION ANSWER.', list(call, questions))
  await askQuestions(call, { task, questions }, call.terminal.signal)
  const open = await openQuestions(call.api, task)
  return await finishOrWatch(call, task, () => print(call, { questions: open }, () => []))
}

/** By its number as `task show` lists it, or by the beginning of its id. */
function pickQuestion(call: Call, open: readonly Question[], which: string | undefined): Question {
  const numbered =
    which !== undefined && /^\d{1,2}$/.test(which) ? open[Number(which) - 1] : undefined
  const matching = which === undefined ? open : open.filter(({ id }) => id.startsWith(which))
  const [only, ...others] = numbered ? [numbered] : matching
  if (!only)
    throw new Failure(
      exitCodes.notFound,
      `No open question is called "${toSafeLine(which ?? '')}".`,
      {
        code: 'question.not-found',
        lines: list(call, open),
      },
    )
  if (others.length > 0)
    throw usage('Several questions are open; say which one you answer.', list(call, open))
  return only
}

const list = (call: Call, questions: readonly Question[]): string[] =>
  renderQuestions(call, questions)
