/** `klaudio checkpoint preview | restore | fork`: going back to a checkpoint, and going on from one. */
import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import type { FilesBack, RestorePreview } from '#contract/restore-preview.ts'
import type { Task } from '#contract/task.ts'
import { systemClock } from '#lib/clock.ts'
import { type Call, isSet, optionOf, print, textOf, wordOf } from './call.ts'
import { findCheckpoint, pathOf } from './checkpoint-verbs.ts'
import { Failure, usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { plural, shortId } from './words.ts'

const mostFiles = 20

export async function previewRestore(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const { id } = await findCheckpoint(call, task)
  const preview = await call.api.get<RestorePreview>(`${pathOf(task)}/${id}/restore`)
  await print(call, preview, () => renderPreview(preview))
  return 0
}

function renderPreview(preview: RestorePreview): string[] {
  const { possible, reason, taken_at: at, status, plan, branch, subtasks, agents, notes } = preview
  return [
    ...(possible === 'now' ? [] : [toSafeLine(reason ?? ''), '']),
    `Back to ${toTime(at)}`,
    `Task     ${status.from} -> ${status.to}`,
    ...(plan.from === plan.to ? [] : [`Plan     v${plan.from ?? '-'} -> v${plan.to ?? '-'}`]),
    `Branch   ${toSafeLine(branch.name)}: ${countsOf(branch.files)}`,
    ...renderFiles(branch.files),
    ...subtasks.map(
      ({ id, from, to }) =>
        `Subtask  ${toSafeLine(id)}: ${from ?? 'not there'} -> ${to ?? 'not there'}`,
    ),
    ...agents.flatMap((agent) => [
      `Agent    ${shortId(agent.agent_id)} (${toSafeLine(agent.subtask_id ?? agent.role)}): ${
        agent.becomes === 'ends' ? 'ends' : `goes back, ${countsOf(agent.files)}`
      }`,
      ...(agent.files_as_of ? [`         against its files at ${toTime(agent.files_as_of)}`] : []),
      ...(agent.left_out ? [`         ${plural(agent.left_out, 'path')} in no checkpoint`] : []),
      ...(agent.files ? renderFiles(agent.files) : []),
    ]),
    '',
    ...notes.map(toSafeLine),
  ]
}

const toTime = (iso: string): string => iso.slice(0, 19).replace('T', ' ')

const countsOf = (files: FilesBack | undefined): string => {
  if (!files) return 'nothing to compare with'
  const { added, changed, removed } = files
  return `${added} added, ${changed} changed, ${removed} removed`
}

const signs = { added: '+', changed: '~', removed: '-' } as const

function renderFiles({ added, changed, removed, files }: FilesBack): string[] {
  const more = added + changed + removed - Math.min(files.length, mostFiles)
  return [
    ...files
      .slice(0, mostFiles)
      .map(({ path, change }) => `         ${signs[change]} ${toSafeLine(path)}`),
    ...(more > 0 ? [`         and ${more} more`] : []),
  ]
}

export async function restoreCheckpoint(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const { id } = await findCheckpoint(call, task)
  if (!isSet(call, 'yes') && !(await isWanted(call, task, id))) {
    call.terminal.note('Nothing was changed.')
    return exitCodes.stopped
  }
  const path = `${pathOf(task)}/${id}/restore`
  const asked = await call.api.send<{ task: Task }>('POST', path, { stop: isSet(call, 'stop') })
  const ended = await untilOver(call, asked.task)
  await print(call, ended, () => [
    `${shortId(task.id)}  Taken back; the task is ${ended.status}.`,
    `Undo with: klaudio checkpoint restore ${shortId(task.id)} ${shortId(ended.restore?.undo_id ?? '')}`,
  ])
  return 0
}

/** The preview, and one question. */
async function isWanted({ api, terminal }: Call, task: Task, id: string): Promise<boolean> {
  if (!terminal.canAsk) throw usage('Without a terminal to ask on, restoring needs --yes.')
  const preview = await api.get<RestorePreview>(`${pathOf(task)}/${id}/restore`)
  for (const line of renderPreview(preview)) terminal.note(line)
  return isYes((await terminal.ask(`Take the task back? [y/N] `)) ?? '')
}

const lookMs = 300

async function untilOver({ api, terminal }: Call, begun: Task): Promise<Task> {
  let now = begun
  while (now.restore?.state === 'under-way') {
    await systemClock.sleep(lookMs, terminal.signal)
    now = await api.get<Task>(taskPath(begun))
  }
  if (now.restore?.state !== 'failed') return now
  const reason = toSafeLine(now.restore.error ?? 'no reason is known')
  throw new Failure(exitCodes.failed, `It could not be taken back: ${reason}`, {
    code: 'git.failed',
  })
}

/** Answered when the new task is there; its agents get their files after that. */
export async function forkCheckpoint(call: Call): Promise<number> {
  const old = await findTask(call.api, wordOf(call, 0))
  const { id } = await findCheckpoint(call, old)
  const name = optionOf(call, 'name')
  const task = await call.api.send<Task>('POST', `${pathOf(old)}/${id}/fork`, {
    ...(name === undefined ? {} : { name }),
    ...(call.words[2] === undefined ? {} : { prompt: await textOf(call, wordOf(call, 2)) }),
  })
  await print(call, task, () => [
    `${shortId(task.id)}  ${toSafeLine(task.name)}, from checkpoint ${shortId(id)}. Go on with: klaudio task resume ${shortId(task.id)}`,
  ])
  return 0
}
