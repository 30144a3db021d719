/** Messages into a running agent, and what became of them. */
import type { AgentInput, MessagePriority } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import {
  type AgentInputRow,
  ensureInput,
  findInput,
  listInputs,
  moveInput,
  toAgentInput,
} from '#db/agent-inputs.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { newId } from '#lib/ids.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import type { AgentsContext } from './context.ts'
import type { LiveAgent } from './live-agent.ts'
import type { Pool } from './pool.ts'

type Parts = { context: AgentsContext; pool: Pool }

/** How long a receipt may wait for the CLI to say that it has the message. */
const receiptMs = 3_000
const controlMs = 10_000

export async function message(
  { context, pool }: Parts,
  agentId: string,
  { id = newId(), ...input }: { id?: string; content: string; priority: MessagePriority },
): Promise<AgentInput> {
  const row = context.events.transact((tx, record) => {
    const agent = getAgent(tx, agentId)
    const known = findInput(tx, id)
    if (known) return requireSame(known, agentId)
    const reason = pool.isStopping(agentId) ? 'The agent is being stopped.' : refusal(tx, agent)
    const stored = ensureInput(tx, {
      ...input,
      id,
      agentId,
      kind: 'message',
      state: reason ? 'refused' : 'pending',
      createdAt: context.clock.now(),
      ...(reason && { reason }),
    })
    recordInput({ record }, agent, stored)
    return stored
  })
  const live = row.state === 'pending' ? pool.find(agentId) : undefined
  // A frozen one takes it when it is let go.
  if (live && hasPrompt(live) && context.freezer.isFrozen(agentId)) void deliver(live, row)
  else if (live && hasPrompt(live)) await deliver(live, row)
  return toAgentInput(findInput(context.db, id) ?? row)
}

/** Sent again, because the answer to the first time got lost. */
function requireSame(known: AgentInputRow, agentId: string): AgentInputRow {
  if (known.agentId === agentId && known.kind === 'message') return known
  throw new AppError('message.refused', 'There is something else under this id already.')
}

/** Before its first prompt an agent gets messages together with it, not as a turn of their own. */
function hasPrompt(live: LiveAgent): boolean {
  const { phase } = live.recorder.state()
  return phase === 'running' || phase === 'requires-action'
}

async function deliver(live: LiveAgent, row: AgentInputRow): Promise<void> {
  const { id } = row
  const taken = live.waitFor((effect) => effect.type === 'message' && effect.id === id, receiptMs)
  // A container that ends now is replaced, and the message goes to the new one.
  const isSent = await live.say(row).catch(() => false)
  if (isSent) await taken
}

/** Why the agent will not read a message; undefined when it will. */
function refusal(tx: Tx, agent: AgentRow): string | undefined {
  const open = listInputs(tx, agent.id, { kind: 'turn', states: ['pending', 'queued', 'read'] })
  if (agent.status === 'queued' || agent.status === 'created' || open.length > 0) return undefined
  if (agent.status === 'running')
    return 'The agent has finished its turn and is not working on anything now.'
  return `The agent is ${agent.status} and does not read messages any more.`
}

export async function withdraw(
  { context, pool }: Parts,
  agentId: string,
  inputId: string,
): Promise<AgentInput> {
  const row = findInput(context.db, inputId)
  if (row?.agentId !== agentId || row.kind !== 'message')
    throw new AppError('message.refused', 'There is no such message to this agent.')
  const live = pool.find(agentId)
  // What no process was given is still ours alone.
  const isOurs = row.state === 'pending' && !live?.hasSaid(inputId)
  if (!isOurs && context.freezer.isFrozen(agentId))
    throw new AppError('agent.frozen', 'The agent is frozen: unfreeze it to take a message back.')
  const request = { subtype: 'cancel_async_message', message_uuid: inputId } as const
  const answer = isOurs ? undefined : await live?.control(request, controlMs)
  if (isOurs || answer?.cancelled === true)
    moveMessages(context, [inputId], { from: ['pending', 'queued'], to: 'withdrawn' })
  const now = findInput(context.db, inputId) ?? row
  if (now.state === 'withdrawn') return toAgentInput(now)
  throw new AppError('message.refused', `The message cannot be taken back: it is ${now.state}.`)
}

export async function interrupt(pool: Pool, agentId: string): Promise<boolean> {
  const live = pool.find(agentId)
  if (!live || !hasPrompt(live)) return false
  const answer = await live.control({ subtype: 'interrupt', cancel_queued: true }, controlMs)
  return answer !== undefined
}

/** What an agent that ended has not read it will never read. */
export function refuseUnread(context: AgentsContext, agentId: string): void {
  const unread = listInputs(context.db, agentId, {
    kind: 'message',
    states: ['pending', 'queued'],
  })
  moveMessages(
    context,
    unread.map((input) => input.id),
    {
      from: ['pending', 'queued'],
      to: 'refused',
      reason: 'The agent ended before it read the message.',
    },
  )
}

function moveMessages(
  { events, clock }: AgentsContext,
  ids: string[],
  change: Omit<Parameters<typeof moveInput>[2], 'doneAt'>,
): void {
  if (ids.length === 0) return
  events.transact((tx, record) => {
    for (const id of ids) {
      const moved = moveInput(tx, id, { ...change, doneAt: clock.now() })
      if (moved) recordInput({ record }, getAgent(tx, moved.agentId), moved)
    }
  })
}

function recordInput(
  { record }: { record: RecordEvent },
  agent: AgentRow,
  input: AgentInputRow,
): void {
  record({
    taskId: agent.taskId,
    type: 'agent.input',
    agentId: agent.id,
    ...(agent.subtaskId !== null && { subtaskId: agent.subtaskId }),
    data: { ...toAgentInput(input) },
  })
}
