/** What the runner does for agents that wait, and for messages to those that do not. */

import type { ToolAnswer } from '#agents/tools.ts'
import { handWithInput } from '#db/message-deliveries.ts'
import type { RunnerDeps, StepContext } from '#tasks/deps.ts'
import { readView } from '#tasks/view.ts'
import { answerHeld } from './held.ts'
import { steerId, toText } from './mail.ts'
import { findUntold } from './steer.ts'
import { describeWork } from './work.ts'

type Of = { agentId: string }

/** For as long as it is wanted the agent's place is free for others. */
export async function holdStep(
  { seats }: RunnerDeps,
  { signal }: StepContext,
  { agentId }: Of,
): Promise<void> {
  seats.get(agentId)?.leave()
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The agent takes its place again before it is told. */
export async function answerStep(
  deps: RunnerDeps,
  { taskId }: StepContext,
  { agentId }: Of,
): Promise<void> {
  await deps.seats.get(agentId)?.take()
  const looked = await lookUp(deps, taskId, agentId)
  deps.eventLog.transact((tx) => {
    for (const { call, isDue } of readView(tx, taskId)?.held ?? [])
      if (isDue && call.agentId === agentId) {
        // Asked for while others were looked up: its turn comes next.
        const found = looked.get(call.id)
        if (call.tool !== 'read_work' || found)
          answerHeld(tx, call, { now: deps.clock.now(), found })
      }
  })
  deps.agents.tellTools(agentId)
}

/** What workers did, for calls that ask for it. */
async function lookUp(
  deps: RunnerDeps,
  taskId: string,
  agentId: string,
): Promise<ReadonlyMap<string, ToolAnswer>> {
  const calls = (readView(deps.db, taskId)?.held ?? []).filter(
    ({ call }) => call.agentId === agentId && call.tool === 'read_work',
  )
  return new Map(
    await Promise.all(
      calls.map(async ({ call }) => [call.id, await describeWork(deps, call)] as const),
    ),
  )
}

export async function steerStep(
  { db, eventLog, agents }: RunnerDeps,
  { signal }: StepContext,
  { agentId }: Of,
): Promise<void> {
  const { recipient, messages } = findUntold(db, agentId)
  for (const message of messages) {
    signal.throwIfAborted()
    const id = steerId(message.id, agentId)
    const priority = message.priority ?? 'next'
    await agents.message(agentId, { id, content: toText(message), priority })
    eventLog.transact((tx) => handWithInput(tx, id, { recipient, messageId: message.id }))
  }
}
