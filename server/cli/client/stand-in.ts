/** What a person says in the place of a manager or a reviewer, and of a conflict. */
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { type Call, optionOf, print, textOf, wordOf } from './call.ts'
import { findSubtask, findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { finishOrWatch } from './task-watch.ts'
import { shortId } from './words.ts'

type Changed = { status: string; plan: Plan }

async function ofSubtask(
  call: Call,
  { verb, body, said }: { verb: string; body: unknown; said: string },
): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const subtask = await findSubtask(call.api, task, wordOf(call, 1))
  const path = `${taskPath(task)}/subtasks/${encodeURIComponent(subtask.id)}/${verb}`
  const answer = await call.api.send<Changed>('POST', path, body)
  return await finishOrWatch(call, task, () =>
    print(call, answer, () => [`${subtask.id}  ${said}`]),
  )
}

export async function resolveConflict(call: Call): Promise<number> {
  const text = optionOf(call, 'text')
  const body = { choice: wordOf(call, 2), ...(text !== undefined && { instructions: text }) }
  return await ofSubtask(call, { verb: 'resolve', body, said: 'The conflict is taken up.' })
}

export async function askForChanges(call: Call): Promise<number> {
  const what = await textOf(call, wordOf(call, 2))
  return await ofSubtask(call, { verb: 'changes', body: { what }, said: 'It goes back to work.' })
}

export async function acceptWork(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const text = optionOf(call, 'text')
  const body = text === undefined ? {} : { summary: text }
  const answer = await call.api.send<{ message: string; task: Task }>(
    'POST',
    `${taskPath(task)}/approve-work`,
    body,
  )
  await print(call, answer, () => [`${shortId(task.id)}  ${toSafeLine(answer.message)}`])
  return 0
}
