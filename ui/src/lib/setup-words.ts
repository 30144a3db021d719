/** The setup of a task's repository in words. */
import { describeRunsIn } from '#contract/runs-in.ts'
import type { TaskSetup } from '#contract/setup.ts'
import type { TaskStatus } from '#contract/task.ts'
import type { GlyphName } from './glyph-name.ts'

const glyphs = {
  ...{ waiting: 'wait', running: 'run', ready: 'done', failed: 'fail', skipped: 'skip' },
} as const satisfies Record<TaskSetup['state'], GlyphName>

export const setupGlyph = ({ state }: TaskSetup): GlyphName => glyphs[state]

/** What is done, or is over anyway, needs nobody's attention. */
export const isSetupShown = ({ state }: TaskSetup, task: TaskStatus): boolean =>
  task !== 'completed' &&
  task !== 'cancelled' &&
  (state === 'running' || state === 'failed' || (state === 'waiting' && task === 'running'))

/** The cause is not said again beside a task that failed for it. */
export function describeSetup(setup: TaskSetup, task: TaskStatus): string {
  switch (setup.state) {
    case 'waiting':
      return 'The repository is set up before agents start.'
    case 'running':
      if (setup.runs_in && !setup.has_image)
        return `The image that agents run in is being made from ${describeRunsIn(setup.runs_in)}.`
      return setup.step === undefined
        ? 'The repository is being set up.'
        : `The repository is being set up: ${nameOf(setup, setup.step)}, command ${setup.step} of ${setup.commands.length}.`
    case 'ready':
      return setup.from_cache
        ? 'The repository is set up, as an earlier task left it.'
        : 'The repository is set up.'
    case 'failed':
      return task === 'failed'
        ? 'Run the setup again once its cause is gone, or let agents start without it.'
        : `The repository could not be set up: ${setup.error ?? ''}`
    case 'skipped':
      return 'Agents start without the setup of the repository.'
  }
}

const nameOf = ({ commands }: TaskSetup, step: number): string =>
  (commands[step - 1] ?? '').split('\n')[0] ?? ''
