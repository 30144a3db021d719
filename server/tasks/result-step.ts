/**
 * The tests of the merged work: run in a throw-away container on the files of the task branch, never on this machine. What fails because of the
 * work goes to the manager of the team, or to the agent whose work it most likely is; when that has been often enough a person decides.
 */
import { toMessage } from '#contract/errors.ts'
import type { WorkCheck } from '#contract/resolution.ts'
import { type ResultCheck, resultChoices } from '#contract/result-check.ts'
import { managerName } from '#contract/team-tools.ts'
import { updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { findQuestion, insertAgentQuestion } from '#db/questions.ts'
import { findSubtask } from '#db/subtasks.ts'
import { findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { checkWork } from './check-work.ts'
import { post } from './comms/mail.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { choose } from './following/choose.ts'
import { listCandidates } from './following/follow-up.ts'
import { type Change, failTask, getTask } from './records.ts'
import { reopenSubtask } from './reopen.ts'
import { checkOfHead } from './result.ts'
import { fixRounds } from './reviewers.ts'
import type { View } from './view.ts'

/** Who asks, as agents and the timeline know it. */
const tests = 'orchestrator'

export async function checkStep(
  deps: RunnerDeps,
  { taskId, signal }: Pick<StepContext, 'taskId' | 'signal'>,
): Promise<void> {
  const task = begin(deps, taskId)
  const { headCommit: commit, baseCommit: before, testCommand } = task
  if (commit === null || before === null) throw new Superseded()
  const changes = await deps.workspaces.changes(taskId, before, commit)
  const found = await checkWork(deps, {
    ...{ taskId, commit, before, paths: changes.map(({ path }) => path), signal },
    ...(testCommand !== null && { command: testCommand }),
    testsOnly: true,
  })
  const blamed = found?.outcome === 'failed' ? await blame(deps, task, found) : undefined
  deps.eventLog.transact((tx, record) => {
    const check = checkNow(tx, taskId)
    if (check?.state !== 'running' || check.commit !== commit) return
    const { outcome: state = 'none' as const, ...said } = found ?? {}
    const ended = { ...check, ...said, state, ...(blamed && { blamed }) }
    save({ tx, clock: deps.clock }, taskId, { ...ended, ended_at: toIso(deps.clock.now()) })
    if (!found) return
    const { outcome, command, exit_code } = found
    record({ taskId, type: 'result.tested', data: { outcome, command, exit_code, commit } })
  })
}

/** Writes down what is looked at: a start of the server that finds it looks again. */
function begin({ eventLog, clock }: RunnerDeps, taskId: string): TaskRow {
  return eventLog.transact((tx, record) => {
    const task = getTask(tx, taskId)
    const { resultCheck: known, headCommit: commit } = task
    if (task.status !== 'running' || task.intent !== null || commit === null) throw new Superseded()
    const isAgain = known?.state === 'running' && known.commit === commit
    const started_at = toIso(clock.now())
    const check = { state: 'running' as const, commit, rounds: known?.rounds ?? 0, started_at }
    save({ tx, clock }, taskId, check)
    if (!isAgain) record({ taskId, type: 'result.testing', data: { commit } })
    return task
  })
}

async function blame(
  deps: RunnerDeps,
  task: TaskRow,
  { command, output }: WorkCheck,
): Promise<ResultCheck['blamed']> {
  const said = [{ name: command, state: 'failed' as const, log: output }]
  const choice = choose(await listCandidates(deps, task), { checks: said, comments: [] })
  return choice && { subtask_id: choice.candidate.id, why: choice.why }
}

const checkNow = (tx: Tx, taskId: string): ResultCheck | null =>
  findTask(tx, taskId)?.resultCheck ?? null

const save = (
  { tx, clock }: Pick<Change, 'tx' | 'clock'>,
  taskId: string,
  resultCheck: ResultCheck,
): void => updateTask(tx, taskId, { resultCheck }, clock.now())

/** It could not be run at all, three times: that says nothing of the work, and is told. */
export function abandonCheck(deps: RunnerDeps, taskId: string, error: unknown): void {
  deps.eventLog.transact((tx, record) => {
    const check = checkNow(tx, taskId)
    if (check?.state !== 'running') return
    const output = toMessage(error)
    const ended_at = toIso(deps.clock.now())
    save({ tx, clock: deps.clock }, taskId, { ...check, state: 'not_run', output, ended_at })
    const data = { outcome: 'not_run', commit: check.commit, error: output }
    record({ taskId, type: 'result.tested', data })
  })
}

/** The tests fail on it: whoever can mend it is told, as often as the team allows; then a person is asked. */
export function resultFailed(open: Change, view: View): void {
  const check = checkOfHead(view)
  if (check?.state !== 'failed') return
  // Told once about the same files: nothing has come of it.
  const isTold = check.sent_to !== undefined
  const isLeft = check.rounds < fixRounds(view.task, open.config)
  if (isTold || !isLeft || !sendBack(open, view, check, '')) askPerson(open, view.task, check)
}

/** False when there is nobody to send it to. */
function sendBack(open: Change, { task, lead }: View, check: ResultCheck, remark: string): boolean {
  const { tx, record, clock } = open
  const now = clock.now()
  const rounds = check.rounds + 1
  const what = [toReport(check), ...(remark ? [`A person adds:\n${remark}`] : [])].join('\n\n')
  const reason = `\`${check.command}\` fails on the merged result.`
  const to = lead ? managerName : check.blamed?.subtask_id
  const subtask = to === undefined || lead ? undefined : findSubtask(tx, task.id, to)
  if (lead) {
    updateAgent(tx, lead.agent.id, { report: null })
    updateTask(tx, task.id, { approvedAt: null }, now)
    const content = `[TESTS_FAILED] ${what}\n\nSend it back to whoever has to mend it with request_changes, or approve again if it is as it should be: then a person decides.`
    const letter = { taskId: task.id, msgType: 'system', content, from: tests } as const
    post({ tx, record, now }, { ...letter, recipients: [managerName] })
  } else if (!subtask) return false
  else if (!reopenSubtask({ tx, record, now }, { subtask, what, by: tests, reason })) return false
  save(open, task.id, { ...check, rounds, ...(to !== undefined && { sent_to: to }) })
  const data = { to, reason, round: rounds, ...(check.blamed && { why: check.blamed.why }) }
  record({ taskId: task.id, type: 'result.sent-back', data })
  return true
}

const toReport = ({ command, exit_code: code, output = '' }: ResultCheck): string =>
  [
    `The work of everybody is merged, and \`${command}\` fails on it with exit code ${code}. It passes on what the task began with.`,
    `The end of what it printed:\n\n${output || '(nothing)'}`,
  ].join('\n\n')

function askPerson({ tx, record, clock, newId }: Change, task: TaskRow, check: ResultCheck): void {
  const question = newId()
  const { command, exit_code: code, rounds, output = '' } = check
  const after = rounds > 0 ? ` after ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of changes` : ''
  const asked = `${command} fails on the merged result${after}. What becomes of it?`
  const printed = `It ended with exit code ${code}, and passes on what the task began with.\n\n\`\`\`\n${output.slice(-2000)}\n\`\`\``
  insertAgentQuestion(tx, {
    ...{ id: question, taskId: task.id, agentId: '', text: `${asked}\n\n${printed}` },
    ...{ options: Object.values(resultChoices), now: clock.now() },
  })
  save({ tx, clock }, task.id, { ...check, question_id: question })
  record({ taskId: task.id, type: 'agent.question', data: { question_id: question, text: asked } })
}

/** Carries out what a person answered to it. */
export function decideResult(open: Change, view: View): void {
  const { task } = view
  const check = checkOfHead(view)
  if (!check?.question_id) return
  const { question_id, ...rest } = check
  const answer = findQuestion(open.tx, task.id, question_id)?.answer?.trim()
  const { accept, again, stop } = resultChoices
  if (answer === accept) {
    takeAsItIs(open, task.id, check)
    return
  }
  if (answer !== undefined && answer !== stop) {
    const remark = answer === again ? '' : answer
    if (sendBack(open, view, { ...rest, decision: 'sent-back' }, remark)) return
  }
  save(open, task.id, { ...rest, decision: 'stopped' })
  failTask(open, task.id, stopped(check))
}

const stopped = ({ command, exit_code: code }: ResultCheck): string =>
  `All work is done and kept, but \`${command}\` fails on the merged result with exit code ${code}. Ask for changes, or deliver it as it is.`

/** Whoever has a failed result delivered takes it as it is. */
export function acceptResult(open: Change, task: TaskRow): void {
  const check = checkOfHead({ task })
  if (check?.state === 'failed' && check.decision !== 'accepted') takeAsItIs(open, task.id, check)
}

function takeAsItIs(open: Change, taskId: string, check: ResultCheck): void {
  const { question_id: _, ...rest } = check
  save(open, taskId, { ...rest, decision: 'accepted' })
  const data = { commit: check.commit, command: check.command }
  open.record({ taskId, type: 'result.accepted', data })
}
