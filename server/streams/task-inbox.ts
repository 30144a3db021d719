import * as v from 'valibot'
import { type AgentInput, SendToAgent } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { type Log, silentLog } from '#lib/log.ts'
import { type TaskFrame, toTaskFrame } from './task-frames.ts'

const TaskMessage = v.object({ type: v.literal('message'), ...SendToAgent.entries })

/** Messages to agents one client may have under way, and the size of one frame in characters. */
const maxUnderWay = 16
const maxCharacters = 64 * 1024

export type InboxOptions = {
  taskId: string
  agentsOf: (taskId: string) => string[]
  /** Gives a message to an agent. Rejects with an AppError when it cannot. */
  deliver: (input: SendToAgent) => Promise<AgentInput>
  send: (frame: TaskFrame) => void
  log?: Log
}

/**
 * What clients of `/ws/tasks/:id/stream` may send: `{type: 'message', agent_id, content}`. Each is answered with
 * `message_receipt` (what became of it) or `error`.
 */
export function createInbox({
  taskId,
  agentsOf,
  deliver,
  send,
  log = silentLog,
}: InboxOptions): (message: string | Uint8Array) => void {
  let underWay = 0
  const refuse = (error: unknown): void => {
    if (!(error instanceof AppError)) log.error('message not delivered', { task: taskId })
    const known = error instanceof AppError ? error : new AppError('internal', 'It did not work.')
    send(toTaskFrame('error', { ...known.details, error: known.message, code: known.code }))
  }
  const deliverAndTell = async (input: SendToAgent): Promise<void> => {
    underWay += 1
    try {
      send(toTaskFrame('message_receipt', await deliver(input)))
    } catch (error) {
      refuse(error)
    } finally {
      underWay -= 1
    }
  }
  return (message) => {
    const input = parseMessage(message)
    if (input instanceof AppError) return refuse(input)
    if (!agentsOf(taskId).includes(input.agent_id))
      return refuse(new AppError('agent.not-found', 'This task has no such agent.'))
    if (underWay >= maxUnderWay)
      return refuse(
        new AppError('rate.limited', 'Wait for the receipts of earlier messages first.'),
      )
    void deliverAndTell(input)
  }
}

function parseMessage(message: string | Uint8Array): SendToAgent | AppError {
  if (typeof message !== 'string')
    return new AppError('request.invalid', 'Send JSON in text frames; binary is not understood.')
  if (message.length > maxCharacters)
    return new AppError('request.too-large', `A message may have ${maxCharacters} characters.`)
  const parsed = v.safeParse(TaskMessage, parseJson(message))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  return new AppError(
    'request.invalid',
    `Not a message to an agent: ${path ? `${path}: ` : ''}${issue.message}`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
