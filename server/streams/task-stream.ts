import type { AgentInput, SendToAgent } from '#contract/agent.ts'
import { toMessage } from '#contract/errors.ts'
import { type Log, silentLog } from '#lib/log.ts'
import { createEventSource, type EventReader } from './event-source.ts'
import type { OutputReader } from './output-source.ts'
import { createPump, type PumpOptions, type Session, type Wire } from './pump.ts'
import { toTaskFrames } from './task-frames.ts'
import { createInbox } from './task-inbox.ts'
import { addAgentOutput, addTaskOutput } from './task-output.ts'

export type TaskStreamOptions = {
  wire: Wire
  taskId: string
  /** Only this agent's output; it must be one of the task. Absent: of all its agents, present and future. */
  agentId?: string
  /** Agents of the task, oldest first. */
  agentsOf: (taskId: string) => string[]
  outputs: OutputReader
  eventLog: EventReader
  /** Gives a message to an agent. Rejects with an AppError when it cannot. */
  deliver: (input: SendToAgent) => Promise<AgentInput>
  log?: Log
  pump?: Pick<PumpOptions, 'after' | 'now' | 'highWaterBytes' | 'coalesceMs'>
}

/**
 * `/ws/tasks/:id/stream`, the reference's socket: what is stored between `backfill_start` and `backfill_end`
 * (neither when nothing is), then live. Output is always binary, and no agent's line is cut by another's; text frames
 * are `{type, event, data}`: the task's events from now on, receipts and errors.
 */
export function createTaskStream(options: TaskStreamOptions): Session {
  const { wire, taskId, agentId, outputs, eventLog, log = silentLog } = options
  const pump = createPump({
    wire,
    ...options.pump,
    onFailure(error) {
      log.error('task stream failed', { task: taskId, error: toMessage(error) })
      wire.close(1011, 'internal error')
    },
  })
  const events = createEventSource({
    eventLog,
    taskId,
    pump,
    onEvent(event) {
      for (const frame of toTaskFrames(event)) wire.send(JSON.stringify(frame))
    },
  })
  pump.add(events)
  const stopOutput =
    agentId === undefined
      ? addTaskOutput({ ...options, pump })
      : addAgentOutput({ wire, outputs, pump, agentId })
  const receive = createInbox({
    ...options,
    send: (frame) => wire.send(JSON.stringify(frame)),
  })

  return {
    receive,
    drain: pump.wake,
    close() {
      pump.close()
      events.close()
      stopOutput()
    },
  }
}
