/** A real database, event log and output store in a temporary directory, with as many tasks and agents as a test needs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskEvent } from '#contract/event.ts'
import { insertAgent, listAgents } from '#db/agents.ts'
import type { NewEvent } from '#db/events.ts'
import { insertMessage, listMessages, type MessageRow } from '#db/messages.ts'
import { findTask, insertTask } from '#db/tasks.ts'
import { systemClock, toIso } from '#lib/clock.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createOutputStore, type OutputStoreOptions } from '#streams/output-store.ts'
import type { MessageReader } from '#streams/task-messages.ts'
import { openTestDb } from './database.ts'

export type TestStreams = ReturnType<typeof openTestStreams>

export function openTestStreams(options: Partial<OutputStoreOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-streams-'))
  const { db, close } = openTestDb(join(dir, 'klaudio.db'))
  const eventLog = createEventLog({ db, clock: systemClock })
  const outputs = createOutputStore({ dir, ...options })
  const taskOf = new Map<string, string>()

  const addTask = (id: string): string => {
    const now = Date.now()
    insertTask(db, {
      id,
      name: id,
      prompt: 'Count to ten.',
      status: 'running',
      mode: 'parallel',
      model: 'opus',
      source: { kind: 'empty' },
      limits: {},
      autoApprove: false,
      outputFiles: [],
      branch: `klaudio/${id}`,
      createdAt: now,
      updatedAt: now,
    })
    return id
  }
  const record = (event: NewEvent): void => eventLog.transact((_tx, note) => note(event))
  const addAgent = (taskId: string, id: string): string => {
    eventLog.transact((tx, note) => {
      insertAgent(tx, {
        id,
        taskId,
        kind: 'worker',
        role: 'developer',
        status: 'running',
        model: 'opus',
        attempt: 1,
        sessionId: crypto.randomUUID(),
        createdAt: Date.now(),
      })
      note({ taskId, type: 'agent.created', agentId: id })
    })
    taskOf.set(id, taskId)
    return id
  }
  const sendMessage = (taskId: string, content: string): void =>
    eventLog.transact((tx, note) => {
      insertMessage(tx, { taskId, msgType: 'message', content, createdAt: Date.now() })
      note({ taskId, type: 'message.sent' })
    })
  const messages: MessageReader = {
    newest: (taskId, limit) => listMessages(db, { taskId, limit }).map(toTeamMessage),
    after: (taskId, afterId, limit) =>
      listMessages(db, { taskId, afterId, limit }).map(toTeamMessage),
  }

  return {
    dir,
    db,
    eventLog,
    outputs,
    messages,
    addTask,
    addAgent,
    record,
    sendMessage,
    /** All stored events of a task. */
    events: (taskId: string): TaskEvent[] => eventLog.list({ taskId, after: 0, limit: 1_000_000 }),
    hasTask: (taskId: string) => findTask(db, taskId) !== undefined,
    agentOf(agentId: string) {
      const taskId = taskOf.get(agentId)
      return taskId === undefined ? undefined : { taskId, ended: false }
    },
    agentsOf: (taskId: string) => listAgents(db, { taskId }).map((agent) => agent.id),
    /** Appends text, or bytes, at the end of what is stored. */
    print(agentId: string, output: string | Uint8Array): void {
      const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output
      outputs.append(agentId, outputs.size(agentId), bytes)
    },
    [Symbol.dispose](): void {
      outputs.close()
      close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function toTeamMessage(row: MessageRow) {
  return {
    id: row.id,
    task_id: row.taskId,
    msg_type: row.msgType,
    content: row.content,
    created_at: toIso(row.createdAt),
  }
}
