/**
 * Calls that wait: for a message, for a person. They are held by the server alone; the agent's CLI waits on its pipe, makes no request and
 * holds no slot. Which of them can be answered follows from the rows, so a server that starts anew finds the same.
 */
import type { ToolAnswer } from '#agents/tools.ts'
import { listInputs } from '#db/agent-inputs.ts'
import { findAgent, updateAgent } from '#db/agents.ts'
import { isBeingTold, listUndelivered } from '#db/message-deliveries.ts'
import type { Tx } from '#db/open.ts'
import { findQuestion } from '#db/questions.ts'
import { answerToolCall, countAnswered, listOpenCalls, type ToolCallRow } from '#db/tool-calls.ts'
import { quote } from '#tasks/prompts.ts'
import type { View } from '#tasks/view.ts'
import { currentManager, hasOpenTurn } from './lead.ts'
import { nameOf } from './roster.ts'
import { readMessages } from './verbs.ts'

/** A call nobody has answered. `isDue`: there is something to say now. */
export type Held = { call: ToolCallRow; isDue: boolean }

type Team = Pick<View, 'task' | 'subtasks' | 'agents'>

export function listHeld(tx: Tx, view: Team): Held[] {
  const calls = listOpenCalls(tx, view.task.id)
  if (calls.length === 0) return []
  const isAnybodyLeft = mayAnybodyWrite(tx, view, calls)
  return calls.map((call) => ({ call, isDue: isDue(tx, call, isAnybodyLeft) }))
}

function isDue(tx: Tx, call: ToolCallRow, isAnybodyLeft: boolean): boolean {
  if (call.tool === 'read_work') return true
  const question = findQuestion(tx, call.taskId, call.id)
  if (question) return question.status !== 'pending'
  const agent = findAgent(tx, call.agentId)
  if (!agent) return true
  const { taskId } = call
  const isWaitedFor =
    listUndelivered(tx, { taskId, recipient: nameOf(agent), limit: 1 }).length > 0 ||
    isBeingTold(tx, agent.id)
  return isWaitedFor || (!isAnybodyLeft && !wasToldEnough(tx, call))
}

/**
 * Whether a message can still come from inside the team: somebody is at work, or waits for a person. When all of them wait for each
 * other, they are told so instead of waiting for ever.
 */
function mayAnybodyWrite(tx: Tx, view: Team, calls: readonly ToolCallRow[]): boolean {
  if (calls.some((call) => findQuestion(tx, call.taskId, call.id)?.status === 'pending'))
    return true
  const waiting = new Set(calls.map(({ agentId }) => agentId))
  const manager = currentManager(view)
  if (manager && !waiting.has(manager.id) && hasOpenTurn(tx, manager)) return true
  return view.subtasks.some(({ status, agentId }) => {
    if (status === 'integrating') return true
    const isAtWork = status === 'queued' || status === 'running'
    return isAtWork && agentId !== null && !waiting.has(agentId)
  })
}

/** Writes the answer down, for a call that is due; `found` is what had to be looked up for it. */
export function answerHeld(
  tx: Tx,
  call: ToolCallRow,
  { now, found }: { now: number; found?: ToolAnswer | undefined },
): void {
  const { text, isError = false } = found ?? toAnswer(tx, call)
  const answered = answerToolCall(tx, call.id, { text, isError, now })
  // What was reported as blocked goes on.
  if (answered?.tool === 'report_blocked') updateAgent(tx, call.agentId, { report: null })
}

function toAnswer(tx: Tx, call: ToolCallRow): ToolAnswer {
  const question = findQuestion(tx, call.taskId, call.id)
  if (question?.status === 'withdrawn')
    return { text: 'The person leaves this to you: decide sensibly and say what you decided.' }
  if (question) return { text: `The person says:\n\n${quote(question.answer ?? '')}` }
  const agent = findAgent(tx, call.agentId)
  const found = agent && readMessages({ tx, agent, call })
  return found ?? { text: nobodyLeft }
}

/** Of one turn. Each such answer costs a request, and a model that did not understand it five times will not the sixth. */
const mostVainAnswers = 5

/** From then on its call waits for a message that may come from a person, or for the limit of its turn. */
function wasToldEnough(tx: Tx, { agentId }: ToolCallRow): boolean {
  const since = listInputs(tx, agentId, { kind: 'turn' }).at(-1)?.createdAt ?? 0
  return countAnswered(tx, agentId, { answer: nobodyLeft, since }) >= mostVainAnswers
}

const nobodyLeft =
  'Nobody who could write to you is at work now, so no message will come. Go on by yourself, and end your turn when there is nothing left to do.'
