/** Pauses that no person asked for: the server's own, from its end to its next start. */
import { listPausedByShutdown, listTaskIdsToTend } from '#db/tasks.ts'
import type { TaskDeps } from './deps.ts'
import type { Desk } from './desk.ts'
import { resume, stopTask } from './lifecycle.ts'
import { getTask } from './records.ts'
import { isPossible } from './states.ts'

/** Asks for a stop of everything that plans or runs. */
export function pauseForShutdown(desk: Desk): void {
  for (const taskId of listTaskIdsToTend(desk.db)) {
    const { status, intent } = getTask(desk.db, taskId)
    const isGoingOn = intent === null || intent === 'resume' || intent === 'replan'
    if (isGoingOn && isPossible('stop', status)) stopTask(desk, taskId, 'shutdown')
  }
}

/** A stop that the end of the server cut short is carried out first. */
export function resumeAfterShutdown(deps: TaskDeps): void {
  for (const task of listPausedByShutdown(deps.db))
    deps.eventLog.transact((tx, record) => resume({ ...deps, tx, record }, task))
}
