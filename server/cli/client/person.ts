/** Asks the person at the terminal what a task asks them, and hands their answers in. */
import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import type { Plan, Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import type { Call } from './call.ts'
import { Failure } from './failure.ts'
import { taskPath } from './find.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'
import { wrapText } from './table.ts'
import { renderPlan } from './task-plan.ts'

/** Stops asking when `signal` says that others have answered. An empty answer leaves the question open. */
export async function askQuestions(
  call: Call,
  { task, questions }: { task: Task; questions: readonly Question[] },
  signal: AbortSignal,
): Promise<void> {
  for (const question of questions) {
    await show(call, question)
    const typed = await call.terminal.ask('> ', signal)
    if (typed === undefined) return
    const answer = chosen(question, typed.trim())
    if (answer !== '') await hand(call, () => sendAnswer(call, { task, question, answer }))
  }
}

export async function sendAnswer(
  { api }: Call,
  { task, question, answer }: { task: Task; question: Question; answer: string },
): Promise<unknown> {
  const path = `${taskPath(task)}/questions/${encodeURIComponent(question.id)}/answer`
  return await api.send('POST', path, { answer })
}

async function show({ terminal, paint }: Call, question: Question): Promise<void> {
  const { columns } = terminal
  const choices = choicesOf(question)
  await terminal.write(
    [
      ...wrapText(toSafeText(question.text), columns).map((line) => paint.strong(line)),
      ...wrapText(toSafeText(question.context ?? ''), columns).filter((line) => line !== ''),
      ...choices.map((choice, at) => `  ${at + 1}  ${toSafeLine(choice)}`),
      paint.dim(
        choices.length > 0
          ? 'A number, or an answer of your own; nothing leaves it open.'
          : 'Your answer; nothing leaves it open.',
      ),
      '',
    ].join('\n'),
  )
}

const choicesOf = ({ options, suggestions }: Question): readonly string[] =>
  options.length > 0 ? options : suggestions

/** A number stands for the choice it is shown with. */
export function chosen(question: Question, typed: string): string {
  return /^\d+$/.test(typed) ? (choicesOf(question)[Number(typed) - 1] ?? typed) : typed
}

export async function askStart(call: Call, task: Task, signal: AbortSignal): Promise<void> {
  const typed = await call.terminal.ask('The task is a draft. Start it? [y/N] ', signal)
  if (isYes(typed ?? '')) await hand(call, () => call.api.send('POST', `${taskPath(task)}/start`))
}

export async function askApproval(
  call: Call,
  { task, plan }: { task: Task; plan: Plan },
  signal: AbortSignal,
): Promise<void> {
  const { api, terminal } = call
  await terminal.write(`${renderPlan(call, plan).join('\n')}\n`)
  for (;;) {
    const typed = await terminal.ask('Approve it? [y]es, [n]ot now, [r]eplan: ', signal)
    const [letter = ''] = (typed ?? 'n').trim().toLowerCase()
    if (letter === 'y') {
      const body = { version: plan.version }
      await hand(call, () => api.send('POST', `${taskPath(task)}/approve`, body))
      return
    }
    if (letter === 'r') {
      const remark = await terminal.ask('What should be different? ', signal)
      if (remark === undefined) return
      const body = { additional_context: remark }
      await hand(call, () => api.send('POST', `${taskPath(task)}/replan`, body))
      return
    }
    if (letter === 'n') return
  }
}

/** Somebody else may have been quicker: that is worth a line, not the end. */
async function hand({ terminal }: Call, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== exitCodes.conflict) throw error
    terminal.note(error.message)
  }
}
