/** Asks a forge once what has become of a task's pull request, and writes it down with what is new. */
import type { PullRequest } from '#contract/delivery.ts'
import { toMessage } from '#contract/errors.ts'
import { type DeliveryRow, findDelivery, updateDelivery } from '#db/deliveries.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { type GitLogin, secretOf } from '#git/login.ts'
import { toIso } from '#lib/clock.ts'
import type { TaskDeps } from '#tasks/deps.ts'
import { loginOf } from '#tasks/origin.ts'
import { followUp } from './follow-up.ts'
import { newsOf } from './news.ts'
import { nextLook, nextTry } from './pace.ts'

export type FollowDeps = Pick<
  TaskDeps,
  | 'eventLog'
  | 'db'
  | 'delivery'
  | 'vault'
  | 'credentials'
  | 'clock'
  | 'log'
  | 'workspaces'
  | 'newId'
  | 'config'
  | 'agents'
> & {
  /** The task has something to do. */
  wakeTask: (taskId: string) => void
}

/** Never throws for what the forge or the network do: that is written down as well, and tried again later. */
export async function lookOnce(
  deps: FollowDeps,
  taskId: string,
  signal: AbortSignal,
): Promise<void> {
  const row = findDelivery(deps.db, taskId)
  const task = findTask(deps.db, taskId)
  if (!task || !row?.pullRequest || row.pushedCommit === null) return
  const { pullRequest, pushedCommit: commit, settings } = row
  let now: PullRequest
  try {
    const login = loginOf(deps, task)
    const { source } = task
    const secrets = secretsOf(deps, task, login)
    const known = { pullRequest, commit, secrets }
    now = await deps.delivery.look({ source, login, settings, ...known, signal })
  } catch (error) {
    if (signal.aborted) return
    noteFailure(deps, row, error)
    return
  }
  if (signal.aborted) return
  store(deps, row, now)
  const goesOn = await followUp(deps, taskId)
  // What was kept for the time it is followed may go.
  const isOver = findDelivery(deps.db, taskId)?.pollAt == null
  if (goesOn || isOver) deps.wakeTask(taskId)
}

/** What opens the repository, and the secrets its agents have: a log of a pipeline may print them. */
function secretsOf(
  { vault }: FollowDeps,
  { environment }: TaskRow,
  login: GitLogin | undefined,
): string[] {
  const own = environment.flatMap((each) => ('secretId' in each ? vault.open(each.secretId) : []))
  return [secretOf(login) ?? '', ...own]
}

function noteFailure(
  { eventLog, clock, log }: FollowDeps,
  { taskId }: DeliveryRow,
  error: unknown,
) {
  const sentence = toMessage(error)
  log.warn('pull request not looked at', { task: taskId, error: sentence })
  eventLog.transact((tx) => {
    const row = findDelivery(tx, taskId)
    if (!row) return
    const now = clock.now()
    const pollAt = nextTry(row.pollFailures, now, untilOf(error))
    const pollFailures = row.pollFailures + 1
    updateDelivery(tx, taskId, { pollAt, pollFailures, pollError: sentence }, now)
  })
}

/** Of a rate limit. */
const untilOf = (error: unknown): number | undefined =>
  error instanceof Error && 'untilMs' in error && typeof error.untilMs === 'number'
    ? error.untilMs
    : undefined

function store({ eventLog, clock }: FollowDeps, before: DeliveryRow, found: PullRequest): void {
  const { taskId } = before
  eventLog.transact((tx, record) => {
    const row = findDelivery(tx, taskId)
    // Something else was pushed meanwhile: what was found is about work of before, and is asked for anew.
    if (!row?.pullRequest || row.pushedCommit !== before.pushedCommit) return
    const now = clock.now()
    const news = newsOf(row.pullRequest, found)
    const pullRequest = { ...found, checked_at: toIso(now) }
    const newsAt = news.length > 0 ? now : (row.newsAt ?? now)
    const set = { pullRequest, newsAt, polledAt: now, pollFailures: 0, pollError: null }
    updateDelivery(tx, taskId, { ...set, pollAt: nextLook({ pullRequest, newsAt }, now) }, now)
    for (const { type, data } of news) record({ taskId, type, data })
  })
}
