/** What comes of a review: its findings go to those concerned, and when that has been often enough a person decides. */
import { describeFinding, type Finding, reviewChoices, type Verdict } from '#contract/verdict.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { findQuestion, insertAgentQuestion } from '#db/questions.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { post } from './comms/mail.ts'
import type { RunnerDeps } from './deps.ts'
import { aboutSubtask, type Change, failAttempt } from './records.ts'
import { reopenSubtask } from './reopen.ts'
import { verdictPrompt } from './review-prompt.ts'
import { fixRounds } from './reviewers.ts'
import type { Answer, Turns } from './turns.ts'

/** How often a reviewer that ends its turn without a verdict is told that it has to give one. */
const maxReminders = 2

/** Turns of a review after the first: as many as there were, and one for each time the verdict is missing. */
export async function askForVerdict(
  { db }: Pick<RunnerDeps, 'db'>,
  turns: Turns,
  { agentId, answer }: { agentId: string; answer: Answer },
): Promise<Answer> {
  let last = answer
  const isMissing = (): boolean => getAgent(db, agentId).report === null
  for (let reminders = 0; last.kind === 'answered'; reminders++) {
    if (!turns.wasAsked() && (reminders >= maxReminders || !isMissing())) break
    last = await turns.ask(verdictPrompt)
  }
  return last
}

/** Of a reviewer whose turns have ended in order. */
export function concludeReview(open: Change, task: TaskRow, subtask: SubtaskRow): void {
  const agent = getAgent(open.tx, subtask.agentId ?? '')
  const { report } = agent
  if (report?.kind !== 'reviewed') {
    const reason = `The reviewer ended its turn without a verdict, although it was asked for one ${maxReminders} times.`
    failAttempt(open, subtask, { reason, canRetry: true })
    return
  }
  const { verdict, findings, text: summary } = report
  const round = (subtask.verdict?.round ?? 0) + 1
  const commit = agent.baseCommit ?? ''
  const found = { verdict, findings, summary, commit, round, at: toIso(open.clock.now()) }
  const facts = { verdict, findings: findings.length, round, commit }
  open.record({ ...aboutSubtask(subtask), type: 'review.completed', data: facts })
  tell(open, agent, found)
  if (verdict === 'approved') complete(open, subtask, found)
  else if (subtask.rounds < fixRounds(task, open.config) && canBeSent(open.tx, task.id, findings))
    sendBack(open, subtask, found)
  else askPerson(open, subtask, found)
}

/** To nobody: it is there for whoever looks, and for what comes after. */
function tell(open: Change, agent: AgentRow, { summary, findings, verdict }: Verdict): void {
  const lines = findings.map((finding) => `- ${finding.to}: ${describeFinding(finding)}`)
  const content = [`[${verdict.toUpperCase()}] ${summary}`, ...lines].join('\n')
  const letter = { taskId: agent.taskId, msgType: 'context', content } as const
  post({ ...open, now: open.clock.now() }, { ...letter, recipients: [], sender: agent })
}

function complete(open: Change, subtask: SubtaskRow, verdict: Verdict): void {
  const { taskId, id } = subtask
  const set = {
    ...{ verdict, summary: verdict.summary, completedAt: open.clock.now() },
    ...{ error: null, feedback: null },
  }
  const from = ['running', 'queued', 'failed'] as const
  if (!changeSubtaskStatus(open.tx, { taskId, id, from, to: 'completed', set })) return
  const data = { merged_commit: verdict.commit, changed_files: 0 }
  open.record({ ...aboutSubtask(subtask), type: 'subtask.completed', data })
}

const concerned = (tx: Tx, taskId: string, findings: readonly Finding[]): SubtaskRow[] =>
  listSubtasks(tx, taskId).filter(
    ({ id, status }) =>
      (status === 'completed' || status === 'failed') && findings.some(({ to }) => to === id),
  )

const canBeSent = (tx: Tx, taskId: string, findings: readonly Finding[]): boolean =>
  concerned(tx, taskId, findings).length > 0

/** Each of those concerned hears what is its own, and the review is made again when they are done. */
function sendBack(open: Change, subtask: SubtaskRow, verdict: Verdict, remark = ''): void {
  const { tx, clock } = open
  const { taskId, id, rounds, attempt, maxAttempts } = subtask
  const set = {
    ...{ verdict, agentId: null, rounds: rounds + 1, error: null, feedback: remark || null },
    ...{ startedAt: null, completedAt: null, maxAttempts: Math.max(maxAttempts, attempt + 1) },
  }
  const from = ['running', 'queued', 'failed'] as const
  if (!changeSubtaskStatus(tx, { taskId, id, from, to: 'pending', set })) return
  for (const row of concerned(tx, taskId, verdict.findings)) {
    const own = verdict.findings.filter(({ to }) => to === row.id)
    const lines = own.map((finding) => `- ${describeFinding(finding)}`)
    const what = [...lines, ...(remark ? [`A person adds:\n${remark}`] : [])].join('\n')
    const count = own.length === 1 ? 'one thing' : `${own.length} things`
    const reason = `The review "${id}" found ${count} to change.`
    reopenSubtask({ ...open, now: clock.now() }, { subtask: row, what, by: id, reason })
  }
}

/** Its place in the run stays open until there is an answer; the agent is not needed for it. */
function askPerson(open: Change, subtask: SubtaskRow, verdict: Verdict): void {
  const { tx, record, clock, newId } = open
  const { taskId, id, agentId, rounds } = subtask
  const question = newId()
  const lines = verdict.findings.map((finding) => `- ${finding.to}: ${describeFinding(finding)}`)
  const after = rounds > 0 ? ` after ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of changes` : ''
  const text = [`The review does not approve the work${after}.`, verdict.summary, ...lines]
  const { accept, again, fail } = reviewChoices
  insertAgentQuestion(tx, {
    ...{ id: question, taskId, agentId: agentId ?? '', text: text.join('\n\n') },
    ...{ options: [accept, again, fail], now: clock.now() },
  })
  updateSubtask(tx, taskId, id, { verdict: { ...verdict, question_id: question } })
  const data = { question_id: question, text: text[0] }
  record({ ...aboutSubtask(subtask), type: 'agent.question', data })
}

/** Carries out what a person answered to it. */
export function decideReview(open: Change, subtask: SubtaskRow): void {
  const { verdict } = subtask
  if (!verdict?.question_id) return
  const { question_id, ...rest } = verdict
  const answer = findQuestion(open.tx, subtask.taskId, question_id)?.answer?.trim()
  const { accept, again, fail } = reviewChoices
  if (answer === accept) complete(open, subtask, { ...rest, decision: 'accepted' })
  else if (answer === undefined || answer === fail) {
    const said = answer === undefined ? 'nobody decided otherwise' : 'a person decided so'
    const reason = `The work was not approved, and ${said}: ${verdict.summary}`
    updateSubtask(open.tx, subtask.taskId, subtask.id, { verdict: { ...rest, decision: 'failed' } })
    failAttempt(open, subtask, { reason, canRetry: false })
  } else {
    const remark = answer === again ? '' : answer
    sendBack(open, subtask, { ...rest, decision: 'another-round' }, remark)
  }
}
