import type { AgentRow } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { ToolCallRow } from '#db/tool-calls.ts'
import type { RecordEvent } from '#streams/event-log.ts'

/** A call inside the transaction that reads it. */
export type Calling = {
  tx: Tx
  record: RecordEvent
  now: number
  agent: AgentRow
  call: ToolCallRow
  /** How often a manager may send one worker back. */
  maxFixRounds: number
}
