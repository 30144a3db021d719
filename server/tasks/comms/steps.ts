/** What the runner does for agents that wait, and for messages to those that do not. */
import { handWithInput } from '#db/message-deliveries.ts'
import type { RunnerDeps, StepContext } from '#tasks/deps.ts'
import { readView } from '#tasks/view.ts'
import { answerHeld } from './held.ts'
import { steerId, toText } from './mail.ts'
import { findUntold } from './steer.ts'

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
  deps.eventLog.transact((tx) => {
    for (const { call, isDue } of readView(tx, taskId)?.held ?? [])
      if (isDue && call.agentId === agentId) answerHeld(tx, call, deps.clock.now())
  })
  deps.agents.tellTools(agentId)
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
    await agents.message(agentId, { id, content: toText(message), priority: 'next' })
    eventLog.transact((tx) => handWithInput(tx, id, { recipient, messageId: message.id }))
  }
}
