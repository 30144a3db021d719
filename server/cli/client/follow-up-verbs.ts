/** `klaudio task follow-up ...`: what a pull request calls for, and what is done about it. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { FollowUp } from '#contract/follow-up.ts'
import type { Task } from '#contract/task.ts'
import type { Api } from './api.ts'
import { type Call, optionOf, print, textOf, wordOf } from './call.ts'
import { deliveryRows } from './delivery-rows.ts'
import { Failure, usage } from './failure.ts'
import { findSubtask, findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { formatAgo, plural, shortId } from './words.ts'

type Answer = { follow_ups: FollowUp[] }

export const readFollowUps = async (api: Api, task: Pick<Task, 'id'>): Promise<FollowUp[]> =>
  (await api.get<Answer>(`${taskPath(task)}/follow-ups`)).follow_ups

export async function listFollowUps(call: Call): Promise<number> {
  const { terminal, paint } = call
  const followUps = await readFollowUps(call.api, await findTask(call.api, wordOf(call, 0)))
  await print(call, { follow_ups: followUps }, () => {
    if (followUps.length === 0) return ['The pull request has called for nothing.']
    const rows = followUps.map((one) => [
      shortId(one.id),
      one.state,
      summaryOf(one),
      one.subtask_id ?? '',
      one.state === 'waiting' ? (one.reason ?? '') : (one.why ?? ''),
      formatAgo(one.created_at, terminal.now()),
    ])
    return renderTable(columns, rows, { width: terminal.columns, paint })
  })
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'WHAT', shrinksTo: 16 },
  { title: 'SUBTASK', shrinksTo: 8 },
  { title: 'WHY', shrinksTo: 12 },
  { title: 'WHEN' },
] as const

/** The checks by their names, comments by how many there are. */
export const summaryOf = ({ kind, checks, comments }: FollowUp): string =>
  kind === 'checks'
    ? `failed: ${checks.map(({ name }) => name).join(', ')}`
    : plural(comments.length, 'comment')

export async function lookAtPullRequest(call: Call): Promise<number> {
  const found = await findTask(call.api, wordOf(call, 0))
  const task = await call.api.send<Task>('POST', `${taskPath(found)}/pull-request/look`)
  await print(call, task, () => {
    const rows = deliveryRows(task)
    if (rows.length === 0) return ['The task has no pull request.']
    const problem = task.delivery?.look_error
    const lines = [...rows, ...(problem ? [['Problem', problem] as const] : [])]
    return lines.map(([name, value]) => `${name.padEnd(10)}${toSafeLine(value)}`)
  })
  return 0
}

export async function sendFollowUp(call: Call): Promise<number> {
  const { task, followUp } = await find(call)
  const to = optionOf(call, 'to')
  const note = optionOf(call, 'text')
  const body = {
    ...(to !== undefined && { subtask_id: (await findSubtask(call.api, task, to)).id }),
    ...(note !== undefined && { note: await textOf(call, note) }),
  }
  const answer = await call.api.send<Task>('POST', `${pathOf(task, followUp)}/send`, body)
  const now = (await readFollowUps(call.api, task)).find(({ id }) => id === followUp.id)
  await print(call, answer, () => [
    `${shortId(followUp.id)}  Sent${now?.subtask_id ? ` to ${toSafeLine(now.subtask_id)}` : ''}: ${toSafeLine(summaryOf(followUp))}`,
  ])
  return 0
}

export async function dismissFollowUp(call: Call): Promise<number> {
  const { task, followUp } = await find(call)
  const answer = await call.api.send<Task>('POST', `${pathOf(task, followUp)}/dismiss`)
  await print(call, answer, () => [
    `${shortId(followUp.id)}  Dismissed: ${toSafeLine(summaryOf(followUp))}`,
  ])
  return 0
}

const pathOf = (task: Task, { id }: FollowUp): string =>
  `${taskPath(task)}/follow-ups/${encodeURIComponent(id)}`

async function find(call: Call): Promise<{ task: Task; followUp: FollowUp }> {
  const task = await findTask(call.api, wordOf(call, 0))
  const typed = wordOf(call, 1).toLowerCase()
  const all = await readFollowUps(call.api, task)
  const lines = (some: readonly FollowUp[]): string[] =>
    some.map((one) => `  ${one.id}  ${one.state}, ${toSafeLine(summaryOf(one))}`)
  const [followUp, ...others] = all.filter(({ id }) => id.startsWith(typed))
  if (!followUp || typed === '')
    throw new Failure(exitCodes.notFound, `There is no follow-up "${toSafeLine(typed)}".`, {
      ...{
        code: 'follow-up.not-found',
        lines: all.length > 0 ? ['There are:', ...lines(all)] : [],
      },
    })
  if (others.length > 0)
    throw usage(`Several begin with "${toSafeLine(typed)}"; type more of it.`, [
      ...lines([followUp, ...others]),
    ])
  return { task, followUp }
}
