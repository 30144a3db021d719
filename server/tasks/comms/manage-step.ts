/** One turn of a manager: it begins the run, and later hears what has happened. Between its turns it costs nothing. */
import { toMessage } from '#contract/errors.ts'
import { managerName } from '#contract/team-tools.ts'
import { getAgent } from '#db/agents.ts'
import { handWithInput, listUndelivered } from '#db/message-deliveries.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { managerSpec, readInstructions, recallFor } from '#tasks/agent-spec.ts'
import { isSatisfied } from '#tasks/dag.ts'
import { type RunnerDeps, type StepContext, Superseded } from '#tasks/deps.ts'
import { failTask, getTask } from '#tasks/records.ts'
import { fixRounds } from '#tasks/reviewers.ts'
import { createSeat } from '#tasks/seat.ts'
import { perTaskLimit } from '#tasks/team.ts'
import { type Answer, createTurns, type Turns } from '#tasks/turns.ts'
import { hasOpenTurn } from './lead.ts'
import { toText } from './mail.ts'
import { managerPrompt, newsPrompt } from './manager-prompt.ts'

export async function manageStep(
  deps: RunnerDeps,
  context: StepContext,
  { agentId }: { agentId: string },
): Promise<void> {
  const task = getTask(deps.db, context.taskId)
  const seat = createSeat(deps, context, {
    agentId,
    perTask: perTaskLimit(task, deps.config),
    // Everybody else waits for what it says.
    priority: Number.MAX_SAFE_INTEGER,
  })
  try {
    await seat.take()
    const head = await deps.workspaces.head(task.id, task.branch)
    const { subtaskTimeoutMs: timeoutMs, idleTimeoutMs } = deps.config
    const turns = createTurns(deps, context, {
      spec: managerSpec(deps, task, getAgent(deps.db, agentId), head),
      timeouts: { timeoutMs, idleTimeoutMs },
      seat,
      check: () => checkWanted(deps, task.id),
    })
    const isOpen = hasOpenTurn(deps.db, getAgent(deps.db, agentId))
    conclude(deps, task.id, agentId, await takeTurn(deps, turns, { task, head, isOpen }))
  } finally {
    seat.close()
  }
}

/** Goes over the turns that have ended, to the one that has not or that is due. */
async function takeTurn(
  deps: RunnerDeps,
  turns: Turns,
  { task, head, isOpen }: { task: TaskRow; head: string; isOpen: boolean },
): Promise<Answer> {
  for (let last: Answer | undefined; ; ) {
    const wasAsked = turns.wasAsked()
    if (last && isOpen && !wasAsked) return last
    const isFirst = last === undefined
    const prompt = wasAsked ? '' : await nextPrompt(deps, turns, { task, head, isFirst })
    // What there was to say has been said meanwhile.
    if (last && prompt === undefined) return last
    last = await turns.ask(prompt ?? '')
    if (!wasAsked || last.kind !== 'answered') return last
  }
}

async function nextPrompt(
  deps: RunnerDeps,
  turns: Turns,
  { task, head, isFirst }: { task: TaskRow; head: string; isFirst: boolean },
): Promise<string | undefined> {
  const { db, eventLog, config } = deps
  const instructions = isFirst ? await readInstructions(deps, task.id, head) : undefined
  const messages = eventLog.transact((tx) => {
    const found = listUndelivered(tx, { taskId: task.id, recipient: managerName })
    for (const { message } of found)
      handWithInput(tx, turns.nextId(), { recipient: managerName, messageId: message.id })
    return found.map(({ message }) => toText(message))
  })
  if (!isFirst) return messages.length > 0 ? newsPrompt(messages) : undefined
  return managerPrompt({
    ...{ taskPrompt: task.prompt, team: task.team, messages, instructions },
    memory: recallFor(deps, task, 'planner'),
    subtasks: listSubtasks(db, task.id).map(({ spec }) => spec),
    maxFixRounds: fixRounds(task, config),
  })
}

/** What was approved and is still so when the turn ends, is approved. */
function conclude(
  { eventLog, clock }: RunnerDeps,
  taskId: string,
  agentId: string,
  answer: Answer,
): void {
  eventLog.transact((tx, record) => {
    if (answer.kind !== 'answered') {
      failTask({ tx, record, clock }, taskId, `The manager could not go on: ${answer.reason}`)
      return
    }
    const isApproved = getAgent(tx, agentId).report?.kind === 'approved'
    if (isApproved && listSubtasks(tx, taskId).every(isSatisfied))
      updateTask(tx, taskId, { approvedAt: clock.now() }, clock.now())
  })
}

function checkWanted({ db }: RunnerDeps, taskId: string): void {
  const task = findTask(db, taskId)
  if (task?.status !== 'running' || task.intent !== null) throw new Superseded()
}

/** The step itself broke, three times. */
export function abandonManager(deps: RunnerDeps, taskId: string, error: unknown): void {
  deps.eventLog.transact((tx, record) =>
    failTask(
      { tx, record, clock: deps.clock },
      taskId,
      `The manager could not go on: ${toMessage(error)}`,
    ),
  )
}
