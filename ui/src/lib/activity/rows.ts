import type { DiffLine } from '../diff.ts'

/** What a person sees of an agent's output: one row per thing that happened. */
export type CallState = 'running' | 'done' | 'failed'

type Base = {
  /** Stable over the life of the file. */
  id: string
  /** Byte offset of the line that made the row. */
  offset: number
  /** Epoch milliseconds; absent before the first line that tells the time. */
  at?: number
  /** 0 for the agent itself, 1 for a subagent of it, and so on. */
  depth: number
  /** Row id of the subagent call that this row belongs to. */
  parent?: string
}

export type TodoItem = { text: string; state: 'pending' | 'active' | 'done' }
export type ReadItem = {
  tool: 'Read' | 'Grep' | 'Glob'
  target: string
  result: string
  state: CallState
  callId: string
}

export type RowBody =
  | {
      kind: 'start'
      model: string
      cwd: string
      tools: string[]
      failedServers: string[]
      version: string
    }
  | { kind: 'text'; text: string; live: boolean }
  | { kind: 'thinking'; text: string; live: boolean; ms?: number; tokens?: number }
  | {
      kind: 'bash'
      state: CallState
      command: string
      output: string
      exit?: number
      ms?: number
      /** Seconds it has been running, from the CLI's own heartbeat. */
      heartbeatS?: number
    }
  | {
      kind: 'edit'
      state: CallState
      path: string
      isNew: boolean
      added: number
      deleted: number
      lines: DiffLine[]
      error?: string
    }
  | { kind: 'reads'; state: CallState; items: ReadItem[]; ms?: number }
  | { kind: 'todo'; items: TodoItem[]; isLatest: boolean }
  | {
      kind: 'subagent'
      state: CallState
      description: string
      calls: number
      ms?: number
      result: string
    }
  | {
      kind: 'tool'
      state: CallState
      server: string
      name: string
      argument: string
      input: unknown
      output: string
      ms?: number
    }
  | { kind: 'message'; uuid: string; text: string; state: 'queued' | 'read' | 'done' }
  | { kind: 'denied'; tool: string; reason: string }
  | {
      kind: 'retry'
      attempt: number
      max: number
      status: string
      delayMs: number
      lostMs: number
      over: boolean
    }
  | { kind: 'limit'; text: string; rejected: boolean; resetsAt?: number }
  | { kind: 'divider'; text: string }
  | {
      kind: 'result'
      ok: boolean
      turn: number
      calls: number
      ms: number
      costUsd: number
      text: string
      cause: string
    }
  | { kind: 'error'; text: string }
  | { kind: 'notice'; text: string }
  | { kind: 'unknown'; name: string; raw: string }

export type RowKind = RowBody['kind']
export type Row = Base & RowBody
export type RowOf<K extends RowKind> = Base & Extract<RowBody, { kind: K }>

/** Whether a row went wrong and a reader in a hurry should see it. */
export function isError(row: Row): boolean {
  switch (row.kind) {
    case 'bash':
    case 'edit':
    case 'tool':
    case 'subagent':
      return row.state === 'failed'
    case 'reads':
      return false
    case 'result':
      return !row.ok
    case 'limit':
      return row.rejected
    case 'error':
    case 'denied':
      return true
    default:
      return false
  }
}

/** Whether nothing about the row can change any more, except by a later line that names it. */
export function isSettled(row: Row): boolean {
  switch (row.kind) {
    case 'bash':
    case 'edit':
    case 'reads':
    case 'subagent':
    case 'tool':
      return row.state !== 'running'
    case 'text':
    case 'thinking':
      return !row.live
    case 'retry':
      return row.over
    default:
      return true
  }
}
