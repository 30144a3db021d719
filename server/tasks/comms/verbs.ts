/** What each team tool does, inside the transaction that reads its call. The sender is the agent whose call it is. */
import * as v from 'valibot'
import type { ToolAnswer } from '#agents/tools.ts'
import { AppError } from '#contract/errors.ts'
import {
  type AgentReport,
  everybody,
  isTeamVerb,
  managerName,
  type TeamInput,
  type TeamVerb,
  teamInputs,
} from '#contract/team-tools.ts'
import { updateAgent } from '#db/agents.ts'
import { handWithCall, isBeingTold, listUndelivered } from '#db/message-deliveries.ts'
import { insertAgentQuestion } from '#db/questions.ts'
import type { Calling } from './calling.ts'
import { post, toText } from './mail.ts'
import {
  approve,
  getWorker,
  requestChanges,
  respawnWorker,
  writeDirective,
} from './manager-verbs.ts'
import { submitReview } from './reviewer-verbs.ts'
import { describeTeam, findRecipients, hasManager, nameOf } from './roster.ts'

/** Undefined: answered later, by `held.ts`. */
type Verb<K extends TeamVerb> = (calling: Calling, input: TeamInput<K>) => ToolAnswer | undefined

const verbs: { [K in TeamVerb]: Verb<K> } = {
  send_message: sendMessage,
  read_messages: (calling) => readMessages(calling) ?? { text: 'There is no message to you.' },
  wait_for_messages: (calling) => readMessages(calling),
  report_done: (calling, { summary }) => report(calling, { kind: 'done', text: summary }),
  report_failed: (calling, { reason }) => report(calling, { kind: 'failed', text: reason }),
  report_blocked: reportBlocked,
  ask_user(calling, input) {
    ask(calling, input)
    return undefined
  },
  write_directive: writeDirective,
  // Read from the repository, which takes a moment: `held.ts`.
  read_work(calling, { worker }) {
    getWorker(calling, worker)
    return undefined
  },
  approve,
  request_changes: requestChanges,
  respawn_worker: respawnWorker,
  submit_review: submitReview,
  team_state: ({ tx, agent }) => ({ text: describeTeam(tx, agent.taskId, nameOf(agent)) }),
}

/** Throws an `AppError` with what the agent did wrong; nothing has changed then. */
export function carryOut(calling: Calling): ToolAnswer | undefined {
  const { tool, input } = calling.call
  if (!isTeamVerb(tool)) throw new AppError('request.invalid', `There is no tool "${tool}".`)
  return dispatch(tool, calling, input)
}

function dispatch<K extends TeamVerb>(
  tool: K,
  calling: Calling,
  input: unknown,
): ToolAnswer | undefined {
  const parsed = v.safeParse(teamInputs[tool], input)
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => {
      const path = v.getDotPath(issue)
      return path === null ? issue.message : `${path}: ${issue.message}`
    })
    throw new AppError('request.invalid', `This call is not right. ${problems.join(' ')}`)
  }
  // The schema of `tool` made it.
  return verbs[tool](calling, parsed.output as TeamInput<K>)
}

function sendMessage(
  { tx, record, now, agent }: Calling,
  { to, text }: TeamInput<'send_message'>,
): ToolAnswer {
  const { taskId } = agent
  const recipients = findRecipients(tx, taskId, { to, from: nameOf(agent) })
  if (recipients.length === 0) return { text: 'Nobody else is at work now: nothing was sent.' }
  const isBroadcast = to === everybody
  post(
    { tx, record, now },
    { taskId, msgType: 'message', content: text, recipients, sender: agent, isBroadcast },
  )
  return { text: `Sent to ${recipients.join(', ')}.` }
}

/** Messages that wait, handed out with this call; undefined when there are none. */
export function readMessages({
  tx,
  agent,
  call,
}: Pick<Calling, 'tx' | 'agent' | 'call'>): ToolAnswer | undefined {
  const { taskId } = agent
  const recipient = nameOf(agent)
  const found = listUndelivered(tx, { taskId, recipient, limit: 50 }).map(({ message }) => message)
  if (found.length > 0) {
    handWithCall(tx, call.id, { recipient, messageIds: found.map(({ id }) => id) })
    return { text: found.map(toText).join('\n\n') }
  }
  if (!isBeingTold(tx, agent.id)) return undefined
  return { text: 'A message to you is on its way: you are shown it right after this.' }
}

const farewell = {
  done: 'Noted. Now end your turn with a sentence or two.',
  failed: 'Noted. Leave the workspace as it is and end your turn.',
} as const

function report(
  { tx, agent }: Calling,
  said: AgentReport & { kind: 'done' | 'failed' },
): ToolAnswer {
  updateAgent(tx, agent.id, { report: said })
  return { text: farewell[said.kind] }
}

/** Somebody has to say how to go on: the manager where there is one, otherwise the person. */
function reportBlocked(calling: Calling, { reason }: TeamInput<'report_blocked'>): undefined {
  const { tx, record, now, agent } = calling
  const { taskId } = agent
  updateAgent(tx, agent.id, { report: { kind: 'blocked', text: reason } })
  if (!hasManager(tx, taskId))
    return ask(calling, { question: `I cannot go on. ${reason}`, options: [] })
  const content = `[WORKER_BLOCKED] ${nameOf(agent)}: ${reason}`
  const recipients = [managerName]
  post({ tx, record, now }, { taskId, msgType: 'message', content, recipients, sender: agent })
}

function ask(
  { tx, record, now, agent, call }: Calling,
  { question, options }: TeamInput<'ask_user'>,
): undefined {
  const { taskId, id: agentId, subtaskId } = agent
  insertAgentQuestion(tx, { id: call.id, taskId, agentId, text: question, options, now })
  record({
    taskId,
    agentId,
    ...(subtaskId !== null && { subtaskId }),
    type: 'agent.question',
    data: { question_id: call.id, text: question },
  })
}
