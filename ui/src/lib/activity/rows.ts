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
  /** Hits of a search, with their line numbers as the tool gave them; empty for a file that was read. */
  output: string
}

/** What one model used in a turn, for the unfolded end of it. */
export type ModelUsage = {
  model: string
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  costUsd: number
}

/** Something the agent waits for a person to say. */
export type AskState = 'open' | 'allowed' | 'denied' | 'withdrawn'
export type AskedQuestion = { question: string; options: string[] }

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
  | {
      kind: 'todo'
      items: TodoItem[]
      isLatest: boolean
      /** Earlier changes to the list are before what was read: the items are only those seen since. */
      isPartial: boolean
      error?: string
    }
  | {
      kind: 'subagent'
      state: CallState
      description: string
      /** What it was told. */
      prompt: string
      calls: number
      ms?: number
      result: string
    }
  /** A call whose input is still being written. */
  | { kind: 'calling'; name: string; size: number }
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
  /** The result of a call that stands before what was read. */
  | { kind: 'orphan'; state: CallState; output: string }
  /** From one member of the team to another. */
  | {
      kind: 'team'
      state: CallState
      to: string
      label: string
      text: string
      output: string
    }
  /** A command that went on after its call returned. */
  | { kind: 'background'; state: CallState; description: string; summary: string; ms?: number }
  | {
      kind: 'ask'
      state: AskState
      requestId: string
      callId: string
      tool: string
      /** Exactly what it wants to run, or the text of its plan. */
      input: string
      /** The rule or cause that made it ask. */
      reason: string
      /** What was said, when that is known: the reason of a refusal, or the answers. */
      answer: string
      questions: AskedQuestion[]
    }
  | { kind: 'hook'; state: CallState; name: string; output: string; ms?: number }
  | {
      kind: 'message'
      uuid: string
      text: string
      state: 'queued' | 'read' | 'done' | 'withdrawn'
    }
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
      /** Absent when earlier turns are before what was read. */
      turn?: number
      /** At least so many, when the turn began before what was read. */
      calls: number
      isPartial: boolean
      ms: number
      /** Of this turn; absent when the sum before it is not known. */
      costUsd?: number
      totalUsd: number
      text: string
      cause: string
      models: ModelUsage[]
    }
  | { kind: 'error'; text: string }
  | { kind: 'notice'; text: string; detail: string }
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
    case 'team':
    case 'orphan':
    case 'background':
    case 'hook':
      return row.state === 'failed'
    case 'reads':
      return row.items.some(({ state }) => state === 'failed')
    case 'todo':
      return row.error !== undefined
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
    case 'team':
    case 'background':
    case 'hook':
      return row.state !== 'running'
    case 'calling':
      return false
    case 'ask':
      return row.state !== 'open'
    case 'text':
    case 'thinking':
      return !row.live
    case 'retry':
      return row.over
    default:
      return true
  }
}
