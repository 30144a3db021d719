/** `klaudio checkpoint ...`: moments of a task that are kept. */
import { isYes } from '#cli/confirm.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { systemClock } from '#lib/clock.ts'
import { type Call, isSet, optionOf, print, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { checkpointStatus, formatBytes, shortId, subtaskStatus } from './words.ts'

const causes = {
  stop: 'stopped',
  subtask: 'subtask done',
  interval: 'interval',
  manual: 'by hand',
  restore: 'before restore',
} as const satisfies Record<Checkpoint['cause'], string>

export const pathOf = (task: Task): string => `${taskPath(task)}/checkpoints`

export async function listCheckpoints(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const answer = await call.api.get<{ checkpoints: Checkpoint[] }>(pathOf(task))
  await print(call, answer, () =>
    answer.checkpoints.length > 0
      ? renderCheckpoints(call, answer.checkpoints)
      : ['The task has no checkpoint yet. The first comes after the first subtask.'],
  )
  return 0
}

function renderCheckpoints(
  { terminal, paint }: Pick<Call, 'terminal' | 'paint'>,
  checkpoints: readonly Checkpoint[],
): string[] {
  const columns = [
    { title: 'CHECKPOINT' },
    { title: 'STATUS' },
    { title: 'TAKEN' },
    { title: 'CAUSE' },
    { title: 'CHANGED', align: 'right' as const },
    { title: 'SIZE', align: 'right' as const },
    { title: 'LABEL', shrinksTo: 10 },
  ]
  const rows = checkpoints.map((each) => [
    shortId(each.id),
    checkpointStatus(each),
    each.created_at.slice(0, 19).replace('T', ' '),
    causes[each.cause],
    String(each.files_changed),
    formatBytes(each.size_bytes),
    toSafeLine(each.error ?? each.label ?? ''),
  ])
  return renderTable(columns, rows, { width: terminal.columns, paint })
}

export async function takeCheckpoint(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const label = optionOf(call, 'label')
  const body = label === undefined ? {} : { label }
  const begun = await call.api.send<Checkpoint>('POST', pathOf(task), body)
  const taken = await untilOver(call, task, begun)
  if (taken.status === 'failed')
    throw new Failure(exitCodes.failed, toSafeLine(taken.error ?? 'It could not be taken.'), {
      code: 'checkpoint.failed',
    })
  await print(call, taken, () => [
    `${shortId(taken.id)}  ${formatBytes(taken.size_bytes)} added, ${taken.files_changed} files changed`,
  ])
  return 0
}

const lookMs = 300

/** It is answered before it is there. */
async function untilOver({ api, terminal }: Call, task: Task, begun: Checkpoint) {
  let now = begun
  while (now.status === 'taking') {
    await systemClock.sleep(lookMs, terminal.signal)
    now = await api.get<Checkpoint>(`${pathOf(task)}/${begun.id}`)
  }
  return now
}

export async function showCheckpoint(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const found = await findCheckpoint(call, task)
  await print(call, found, () => renderOne(call, found))
  return 0
}

function renderOne({ terminal, paint }: Call, checkpoint: Checkpoint): string[] {
  const { plan_progress: plan, agent_states: agents = [], repo_state: branch } = checkpoint
  const facts = renderCheckpoints({ terminal, paint }, [checkpoint])
  const subtasks = (plan?.subtasks ?? []).map((subtask) => [
    toSafeLine(subtask.id),
    subtaskStatus(subtask),
    toSafeLine(subtask.name),
  ])
  const saved = agents.map((agent) => [
    shortId(agent.agent_id),
    toSafeLine(agent.subtask_id ?? agent.role),
    String(agent.files),
    String(agent.files_changed),
    String(agent.left_out),
  ])
  const table = (titles: string[], rows: Parameters<typeof renderTable>[1]): string[] =>
    rows.length === 0
      ? []
      : [
          '',
          ...renderTable(
            titles.map((title) => ({ title })),
            rows,
            { width: terminal.columns, paint },
          ),
        ]
  return [
    ...facts,
    ...(branch ? ['', `Branch ${toSafeLine(branch.branch)} at ${branch.commit.slice(0, 12)}`] : []),
    ...table(['SUBTASK', 'STATUS', 'NAME'], subtasks),
    ...table(['AGENT', 'SUBTASK', 'FILES', 'CHANGED', 'LEFT OUT'], saved),
  ]
}

export async function removeCheckpoint(call: Call): Promise<number> {
  const { terminal } = call
  const task = await findTask(call.api, wordOf(call, 0))
  const found = await findCheckpoint(call, task)
  if (!isSet(call, 'yes')) {
    if (!terminal.canAsk)
      throw usage('Removing cannot be undone; without a terminal to ask on it needs --yes.')
    const answer = await terminal.ask(`Remove checkpoint ${shortId(found.id)}? [y/N] `)
    if (!isYes(answer ?? '')) {
      terminal.note('Nothing was removed.')
      return exitCodes.stopped
    }
  }
  const answer = await call.api.send<{ status: string }>('DELETE', `${pathOf(task)}/${found.id}`)
  await print(call, answer, () => [`${shortId(found.id)}  Removed.`])
  return 0
}

/** The one whose id begins as typed. */
export async function findCheckpoint(
  call: Call,
  task: Task,
  word: string = wordOf(call, 1),
): Promise<Checkpoint> {
  const typed = word.toLowerCase()
  const { checkpoints } = await call.api.get<{ checkpoints: Checkpoint[] }>(pathOf(task))
  const [only, ...others] = checkpoints.filter(({ id }) => id.startsWith(typed))
  if (only && others.length === 0) return only
  const list = (only ? [only, ...others] : checkpoints).map(
    ({ id, created_at: at }) => `  ${shortId(id)}  ${at}`,
  )
  if (only) throw usage(`Several checkpoints have an id that begins with "${typed}".`, list)
  throw new Failure(
    exitCodes.notFound,
    `The task has no checkpoint "${toSafeLine(typed)}". It has:`,
    { code: 'checkpoint.not-found', lines: list },
  )
}
