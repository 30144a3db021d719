import type { EventReader } from './event-source.ts'
import { createLineSource, type LineSource } from './line-source.ts'
import { createOutputSource, type OutputReader } from './output-source.ts'
import type { Pump, Source, Wire } from './pump.ts'

const backfillStart = JSON.stringify({ type: 'backfill_start' })
const backfillEnd = JSON.stringify({ type: 'backfill_end' })

type Target = { wire: Wire; outputs: OutputReader; pump: Pump }

/** One agent's output, byte for byte. Returns the way to stop. */
export function addAgentOutput({
  wire,
  outputs,
  pump,
  agentId,
}: Target & { agentId: string }): () => void {
  const stored = outputs.size(agentId)
  if (stored > 0) wire.send(backfillStart)
  const source = createOutputSource({
    outputs,
    agentId,
    from: 0,
    pump,
    onBytes(offset, { bytes }) {
      const left = stored - offset
      if (left <= 0 || left > bytes.length) return wire.send(bytes)
      wire.send(bytes.subarray(0, left))
      wire.send(backfillEnd)
      if (left < bytes.length) wire.send(bytes.subarray(left))
    },
  })
  pump.add(source)
  return source.close
}

/**
 * The output of all agents of a task in whole lines: what is stored agent by agent, oldest first, then live as it
 * comes, agents that join later included. Returns the way to stop.
 */
export function addTaskOutput({
  wire,
  outputs,
  pump,
  taskId,
  agentsOf,
  eventLog,
}: Target & {
  taskId: string
  agentsOf: (taskId: string) => string[]
  eventLog: Pick<EventReader, 'subscribe'>
}): () => void {
  const sources = new Map<string, LineSource>()
  let live = false
  const follow = (agentId: string): void => {
    if (sources.has(agentId)) return
    const onBytes = (bytes: Uint8Array): void => wire.send(bytes)
    const source = createLineSource({ outputs, agentId, pump, onBytes })
    sources.set(agentId, source)
    if (live) pump.add(source)
  }
  const stopJoining = eventLog.subscribe((event) => {
    if (event.type === 'agent.created' && event.task_id === taskId && event.agent_id)
      follow(event.agent_id)
  })
  for (const agentId of agentsOf(taskId)) follow(agentId)

  const goLive = (): void => {
    live = true
    for (const source of sources.values()) pump.add(source)
  }
  if ([...sources.values()].every((source) => source.isBackfilled())) goLive()
  else {
    wire.send(backfillStart)
    const backfill = createBackfill([...sources.values()], () => {
      pump.remove(backfill)
      wire.send(backfillEnd)
      goLive()
    })
    pump.add(backfill)
  }
  return () => {
    stopJoining()
    for (const source of sources.values()) source.close()
  }
}

/** Brings one source after the other up to date, then calls `onDone`. */
function createBackfill(sources: LineSource[], onDone: () => void): Source {
  const queue = sources.values()
  let current = queue.next().value
  return {
    step() {
      while (current?.isBackfilled()) current = queue.next().value
      if (!current) {
        onDone()
        return 'sent'
      }
      const result = current.step()
      // A source that is done is idle; the next one has its turn in the next step.
      return result === 'idle' ? 'unfinished' : result
    },
  }
}
