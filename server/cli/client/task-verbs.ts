/** Verbs that ask for one change and say what the server answered. */

import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import type { TaskDeleted } from '#contract/ending.ts'
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { type Call, fileText, isSet, numberOf, optionOf, print, textOf, wordOf } from './call.ts'
import { usage } from './failure.ts'
import { findSubtask, findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { finishOrWatch } from './task-watch.ts'
import { shortId } from './words.ts'

type Answer = { status: string; message: string; task?: Task }

/** Asks for the verb, then prints the answer, or watches with `--wait`. */
async function act(call: Call, task: Task, verb: string, body?: unknown): Promise<number> {
  const answer = await call.api.send<Answer>('POST', `${taskPath(task)}/${verb}`, body)
  return await finishOrWatch(call, task, () =>
    print(call, answer, () => [`${shortId(task.id)}  ${toSafeLine(answer.message)}`]),
  )
}

const plain =
  (verb: string) =>
  async (call: Call): Promise<number> =>
    await act(call, await findTask(call.api, wordOf(call, 0)), verb)

export const startTask = plain('start')
export const stopTask = plain('stop')
export const resumeTask = plain('resume')
export const cancelTask = plain('cancel')

export async function replanTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const remark = await textOf(call, wordOf(call, 1))
  return await act(call, task, 'replan', { additional_context: remark })
}

/** Prints the new task, or watches that one with `--wait`. */
export async function relaunchTask(call: Call): Promise<number> {
  const old = await findTask(call.api, wordOf(call, 0))
  const prompt = call.words[1] === undefined ? '' : await textOf(call, wordOf(call, 1))
  const task = await call.api.send<Task>('POST', `${taskPath(old)}/relaunch`, {
    prompt,
    keep_context: !isSet(call, 'clean'),
    auto_start: !isSet(call, 'draft'),
  })
  const begins = task.keeps_context
    ? `It goes on from the result of ${shortId(old.id)}.`
    : 'It begins at its source.'
  return await finishOrWatch(call, task, () =>
    print(call, task, () => [`${shortId(task.id)}  ${begins}`]),
  )
}

export async function approveTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const version = numberOf(call, 'version')
  const file = optionOf(call, 'plan')
  return await act(call, task, 'approve', {
    ...(version === undefined ? {} : { version }),
    ...(file === undefined ? {} : { modified_plan: parsePlan(await fileText(call, file), file) }),
  })
}

export async function setTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const name = optionOf(call, 'name')
  const mode = optionOf(call, 'permission-mode')
  if (name === undefined && mode === undefined)
    throw usage('Say what to change: --name, --permission-mode or both.')
  const changed = await call.api.send<Task>('PATCH', taskPath(task), {
    ...(name === undefined ? {} : { name }),
    ...(mode === undefined ? {} : { permission_mode: mode }),
  })
  const asks = mode === undefined ? '' : `  agents ask: ${changed.permission_mode}`
  await print(call, changed, () => [`${shortId(task.id)}  ${toSafeLine(changed.name)}${asks}`])
  return 0
}

function parsePlan(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw usage(
      `${file} is not JSON; "klaudio task plan TASK --json" shows what a plan looks like.`,
    )
  }
}

type Changed = { status: string; plan: Plan }

export async function retrySubtask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const subtask = await findSubtask(call.api, task, wordOf(call, 1))
  const file = optionOf(call, 'prompt-file')
  const model = optionOf(call, 'model')
  const answer = await call.api.send<Changed>(
    'POST',
    `${taskPath(task)}/subtasks/${encodeURIComponent(subtask.id)}/retry`,
    {
      ...(file === undefined ? {} : { prompt: await fileText(call, file) }),
      ...(model === undefined ? {} : { model }),
    },
  )
  return await finishOrWatch(call, task, () =>
    print(call, answer, () => [`${subtask.id}  It is tried again.`]),
  )
}

export async function skipSubtask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const subtask = await findSubtask(call.api, task, wordOf(call, 1))
  const path = `${taskPath(task)}/subtasks/${encodeURIComponent(subtask.id)}/skip`
  const answer = await call.api.send<Changed>('POST', path)
  await print(call, answer, () => [`${subtask.id}  It is skipped.`])
  return 0
}

export async function deleteTask(call: Call): Promise<number> {
  const { terminal } = call
  const task = await findTask(call.api, wordOf(call, 0))
  if (!isSet(call, 'yes')) {
    if (!terminal.canAsk)
      throw usage('Deleting cannot be undone; without a terminal to ask on it needs --yes.')
    const answer = await terminal.ask(
      `Delete "${toSafeLine(task.name)}" with its files, branch and history? [y/N] `,
    )
    if (!isYes(answer ?? '')) {
      terminal.note('Nothing was deleted.')
      return exitCodes.stopped
    }
  }
  const answer = await call.api.send<TaskDeleted>('DELETE', taskPath(task))
  await print(call, answer, () => [`${shortId(task.id)}  ${toSafeLine(describeDeleted(answer))}`])
  return 0
}

function describeDeleted({ status, removed, waiting_for: cause }: TaskDeleted): string {
  if (status === 'deleting') return `It is deleted as soon as that is possible: ${cause ?? ''}`
  if (!removed) return 'Deleted.'
  const { agents, uploads, left } = removed
  const gone = `Deleted, with ${agents} agents, ${uploads} uploads and its history.`
  if (left.length === 0) return gone
  return `${gone} The engine kept something of ${left.length}; the next start of the server removes it.`
}
