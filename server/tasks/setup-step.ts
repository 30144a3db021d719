/** Setup commands of a task's repository, and how far they came, in rows and events. Asked again, it begins anew or finds what they left. */
import { toMessage } from '#contract/errors.ts'
import { describeRunsIn } from '#contract/runs-in.ts'
import { findSetup, moveSetup, type SetupPatch, updateSetup } from '#db/setups.ts'
import type { ProjectImage } from '#setups/project-images.ts'
import type { RunnerDeps, StepContext } from './deps.ts'

/** Characters that are kept of what was printed: its end. */
const longestOutput = 64_000
/** Between two writings of what was printed. */
const writeMs = 1_000

export async function setupStep(
  deps: RunnerDeps,
  { taskId, signal }: Pick<StepContext, 'taskId' | 'signal'>,
): Promise<void> {
  if (!begin(deps, taskId)) return
  const printed = createPrinted(deps, taskId)
  try {
    const end = await deps.setups.make(taskId, {
      signal,
      onOutput: printed.add,
      onProjectImage: (ownImage) => projectImageReady(deps, taskId, ownImage),
      onStep: (step) => printed.step(step),
    })
    const endedAt = deps.clock.now()
    deps.eventLog.transact((tx, record) => {
      const output = printed.text()
      if (end.kind === 'failed') {
        const set: SetupPatch = { state: 'failed', error: end.reason, output, endedAt }
        if (moveSetup(tx, { taskId, from: ['running'], set }))
          record({ taskId, type: 'setup.failed', data: { error: end.reason } })
        return
      }
      const { key, fromCache, leftOut } = end
      const set = { state: 'ready', key, fromCache, leftOut, output, endedAt } as const
      if (!moveSetup(tx, { taskId, from: ['running'], set })) return
      const left = leftOut.length > 0 ? { left_out: leftOut } : {}
      record({ taskId, type: 'setup.ready', data: { from_cache: fromCache, ...left } })
    })
  } catch (error) {
    // Not wanted now: it begins anew when it is.
    if (signal.aborted)
      deps.eventLog.transact((tx) => {
        moveSetup(tx, { taskId, from: ['running'], set: { state: 'waiting', step: null } })
      })
    throw error
  }
}

/** False when it is not wanted any more. */
function begin({ eventLog, clock }: RunnerDeps, taskId: string): boolean {
  return eventLog.transact((tx, record) => {
    const set: SetupPatch = {
      state: 'running',
      ...{ step: null, imageKey: null, error: null, output: '', leftOut: [] },
      ...{ startedAt: clock.now(), endedAt: null },
    }
    if (!moveSetup(tx, { taskId, from: ['waiting', 'running'], set })) return false
    const row = findSetup(tx, taskId)
    const from = row?.runsIn ? { from: describeRunsIn(row.runsIn) } : {}
    record({
      ...{ taskId, type: 'setup.started' },
      data: { commands: row?.commands.length ?? 0, ...from },
    })
    return true
  })
}

/** The image is there; commands, if there are any, run in it. */
function projectImageReady({ eventLog }: RunnerDeps, taskId: string, ownImage: ProjectImage): void {
  const { key: imageKey, commands: foundCommands, notes, fromCache } = ownImage
  eventLog.transact((tx, record) => {
    updateSetup(tx, taskId, { imageKey, foundCommands, notes })
    const data = { from_cache: fromCache, ...(notes.length > 0 && { notes }) }
    record({ taskId, type: 'setup.image', data })
  })
}

function createPrinted({ eventLog, clock }: RunnerDeps, taskId: string) {
  let text = ''
  let writtenAt = 0
  const write = (): void => {
    if (clock.now() - writtenAt < writeMs) return
    writtenAt = clock.now()
    eventLog.transact((tx) => updateSetup(tx, taskId, { output: text }))
  }
  return {
    text: () => text,
    add(more: string): void {
      text = (text + more).slice(-longestOutput)
      write()
    },
    step(step: number): void {
      eventLog.transact((tx, record) => {
        updateSetup(tx, taskId, { step, output: text })
        record({ taskId, type: 'setup.step', data: { step } })
      })
    },
  }
}

/** They could not even be tried, three times. */
export function abandonSetup(deps: RunnerDeps, taskId: string, error: unknown): void {
  const reason = toMessage(error)
  deps.eventLog.transact((tx, record) => {
    const set = { state: 'failed', error: reason, endedAt: deps.clock.now() } as const
    if (moveSetup(tx, { taskId, from: ['waiting', 'running'], set }))
      record({ taskId, type: 'setup.failed', data: { error: reason } })
  })
}

/** Of the task whose run cannot begin for it. */
export const setupFailure = (reason: string): string =>
  `The setup of the repository failed: ${reason} Change it and try again, or let agents start without.`
