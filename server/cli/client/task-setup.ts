/** What a task's repository needs before agents start: shown with what it printed, tried again, or done without. */
import { describeRunsIn } from '#contract/runs-in.ts'
import type { TaskSetup, TaskSetupOutput } from '#contract/setup.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, print, wordOf } from './call.ts'
import { usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'

export async function setupOfTask(call: Call): Promise<number> {
  const { api } = call
  const [isRetry, isWithout] = [isSet(call, 'retry'), isSet(call, 'without')]
  if (isRetry && isWithout) throw usage('Give one of --retry and --without.')
  const task = await findTask(api, wordOf(call, 0))
  const path = `${taskPath(task)}/setup`
  if (isRetry || isWithout) await api.send<Task>('POST', path, { do: isRetry ? 'retry' : 'skip' })
  const found = await api.get<TaskSetupOutput>(path)
  await print(call, found, () => linesOf(found))
  return 0
}

function linesOf({ setup, output }: TaskSetupOutput): string[] {
  if (!setup) return ['Nothing has to be done before its agents start.']
  return [
    stateOf(setup),
    ...(setup.runs_in ? [`Agents run in an image made from ${describeRunsIn(setup.runs_in)}`] : []),
    ...setup.commands.map((command) => `$ ${command}`),
    ...(setup.notes ?? []),
  ]
    .map(toSafeLine)
    .concat(output.trim() === '' ? [] : ['', toSafeText(output).trim()])
}

const stateOf = ({ state, error }: TaskSetup): string =>
  error === undefined ? state : `${state}: ${error}`
