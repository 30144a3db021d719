/** One agent's output as a page holds it, handed to views once per frame. */
import { batch, createSignal, onCleanup } from 'solid-js'
import { api } from '../../data/api.ts'
import { keptApi } from '../../data/kept-api.ts'
import { getLive } from '../../data/store.ts'
import type { Translate } from '../../lib/activity/holding.ts'
import type { Row } from '../../lib/activity/rows.ts'
import { fromTranscript } from '../../lib/activity/transcript.ts'
import {
  createOutputWindow,
  type OutputPort,
  type OutputWindow,
  type WindowLimits,
} from '../../lib/activity/window.ts'
import type { Line } from '../../lib/lines.ts'

export type AgentOutput = {
  /** Reactive; rows are replaced, never mutated. */
  rows: () => readonly Row[]
  lines: () => readonly Line[]
  /** What is held of what is stored, in bytes. */
  range: () => { from: number; to: number; size: number }
  isLive: () => boolean
  /** The agent has ended and its last byte is here. */
  isComplete: () => boolean
  /** Nothing is shown yet because it is being read. */
  isOpening: () => boolean
  error: () => string
  startedAt: () => number | undefined
  /** Share of the model's context that the conversation fills; undefined until a turn has told. */
  context: () => number | undefined
  /** Counts the times the view has to begin anew. */
  opened: () => number
  window: OutputWindow
}

type Opening = {
  /** What is stored, as far as the page knows. */
  size: number
  /** Opens around this byte instead of at the end. */
  at?: number | undefined
  limits?: WindowLimits
}

export function createAgentOutput({
  taskId,
  agentId,
  ...opening
}: Opening & { taskId: string; agentId: string }): AgentOutput {
  return createOutput({
    ...opening,
    port: {
      read: (from, to) => api.output(taskId, agentId, { from, to }),
      follow: (listener) => getLive()?.output(agentId, listener) ?? (() => undefined),
    },
  })
}

/** A conversation as a checkpoint keeps it. */
export function createKeptOutput({
  taskId,
  checkpointId,
  agentId,
  session,
  ...opening
}: Opening & {
  taskId: string
  checkpointId: string
  agentId: string
  session: string
}): AgentOutput {
  return createOutput({
    ...opening,
    translate: fromTranscript,
    port: {
      read: (from, to) =>
        keptApi.conversation(taskId, checkpointId, { agentId, session, from, to }),
      // Nothing more will come.
      follow: () => () => undefined,
    },
  })
}

function createOutput({
  size,
  at,
  limits,
  port,
  translate,
}: Opening & { port: OutputPort; translate?: Translate }): AgentOutput {
  const [rows, setRows] = createSignal<readonly Row[]>([])
  const [lines, setLines] = createSignal<readonly Line[]>([])
  const [version, setVersion] = createSignal(0)
  let frame: number | undefined

  const window = createOutputWindow({
    ...(limits ? { limits } : {}),
    ...(translate ? { translate } : {}),
    port,
    onChange() {
      frame ??= requestAnimationFrame(publish)
    },
  })
  const publish = (): void => {
    frame = undefined
    batch(() => {
      setRows(window.held.activity.rows.slice())
      setLines(window.held.lines.slice())
      setVersion(version() + 1)
    })
  }
  const tracked =
    <T>(read: () => T): (() => T) =>
    () => {
      version()
      return read()
    }
  void window.open({ size, at })
  onCleanup(() => {
    window.close()
    if (frame !== undefined) cancelAnimationFrame(frame)
  })
  return {
    rows,
    lines,
    range: tracked(() => ({ from: window.held.from, to: window.held.to, size: window.size })),
    isLive: tracked(() => window.isLive),
    isComplete: tracked(() => window.isComplete),
    isOpening: tracked(() => window.isOpening),
    error: tracked(() => window.error),
    startedAt: tracked(() => window.held.activity.startedAt),
    context: tracked(() => {
      const known = window.held.activity.context
      return known?.window === undefined ? undefined : known.tokens / known.window
    }),
    opened: tracked(() => window.opened),
    window,
  }
}
