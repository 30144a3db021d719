/**
 * What the repository's own tests say of work that is about to be merged. They are run in a throw-away container on the files of the
 * commit, never on this machine. What fails on what was merged before as well says nothing of the work.
 */
import type { RepoAnalysis } from '#contract/repo-memory.ts'
import type { WorkCheck } from '#contract/resolution.ts'
import type { RunnerDeps } from './deps.ts'

type Work = {
  taskId: string
  commit: string
  /** The head of the task branch that it is to follow. */
  before: string
  /** The files in question: of several projects in a repository it is theirs that is tested. */
  paths: readonly string[]
  /** What to run, whatever the files name. */
  command?: string
  /** A build is no test of it. */
  testsOnly?: boolean
  signal: AbortSignal
}
type Plan = { command: string; install: string | undefined }

const timeoutMs = 600_000
const maxOutput = 6_000

/** The script's own code for "it could not be prepared", and those of a shell for "not executable" and "not found", and of a time limit. */
const unpreparedCode = 125
const unrunCodes: readonly number[] = [unpreparedCode, 126, 127, 124]

/** Undefined when the files of the commit name no command that would test it. */
export async function checkWork(deps: RunnerDeps, work: Work): Promise<WorkCheck | undefined> {
  const { taskId, commit, before, signal } = work
  const plan = await planFor(deps, work, commit)
  if (!plan) return undefined
  const { exitCode, output } = await run(deps, { taskId, commit, plan, signal })
  signal.throwIfAborted()
  const said = { command: plan.command, exit_code: exitCode, output: toEnd(output) }
  if (exitCode === 0) return { ...said, outcome: 'passed' }
  if (unrunCodes.includes(exitCode)) return { ...said, outcome: 'not_run' }
  const known = await planFor(deps, work, before)
  if (known?.command !== plan.command) return { ...said, outcome: 'failed' }
  const base = await run(deps, { taskId, commit: before, plan: known, signal })
  return { ...said, outcome: base.exitCode === 0 ? 'failed' : 'failed_before' }
}

async function planFor(
  { memories }: RunnerDeps,
  { taskId, paths, command, testsOnly = false, signal }: Work,
  commit: string,
): Promise<Plan | undefined> {
  const known = await memories.examine(taskId, commit, signal)
  const plan = planCheck(known, paths, testsOnly)
  if (command === undefined) return plan
  return { command, install: plan?.install }
}

export const failedCheck = ({ command, exit_code: code }: WorkCheck): string =>
  `\`${command}\` fails on it with exit code ${code}, and passes on what was merged before.`

/** Tests before builds; those at the top before those of the folder that the files are in. */
export function planCheck(
  { commands, dependencies }: Pick<RepoAnalysis, 'commands' | 'dependencies'>,
  paths: readonly string[],
  testsOnly = false,
): Plan | undefined {
  const isNear = (from: string): boolean =>
    folderOf(from) === '' || paths.some((path) => path.startsWith(folderOf(from)))
  const near = commands.filter(({ from }) => isNear(from))
  const found =
    near.find(({ kind }) => kind === 'test') ??
    (testsOnly ? undefined : near.find(({ kind }) => kind === 'build'))
  if (!found) return undefined
  const folder = folderOf(found.from)
  const isNeeded = dependencies.some(({ manifest }) => folderOf(manifest) === folder)
  const install = commands.find(
    ({ kind, from }) => isNeeded && kind === 'install' && folderOf(from) === folder,
  )
  return { command: found.command, install: install?.command }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)

async function run(
  { agents, workspaces }: RunnerDeps,
  {
    taskId,
    commit,
    plan,
    signal,
  }: { taskId: string; commit: string; plan: Plan; signal: AbortSignal },
): Promise<{ exitCode: number; output: string }> {
  const archive = workspaces.archive(taskId, commit)
  return await agents.runInTree({ taskId, archive, cmd: toCommand(plan), timeoutMs, signal })
}

/** Each in a shell of its own: one may change the folder. */
const toCommand = ({ command, install }: Plan): string[] => [
  ...['sh', '-c', `{ [ -z "$1" ] || sh -c "$1" || exit ${unpreparedCode}; }; sh -c "$2"`],
  ...['sh', install ?? '', command],
]

function toEnd(output: string): string {
  const text = output.trim()
  return text.length <= maxOutput ? text : `…${text.slice(-maxOutput)}`
}
