/** One agent's output as it comes: bytes to lines to rows, handed to views once per frame. */
import { createSignal, onCleanup } from 'solid-js'
import { getLive } from '../../data/store.ts'
import { reduceLine } from '../../lib/activity/reduce.ts'
import type { Row } from '../../lib/activity/rows.ts'
import { createActivity } from '../../lib/activity/state.ts'
import { createLineSplitter, type Line } from '../../lib/lines.ts'

export type AgentOutput = {
  /** Reactive; rows are replaced, never mutated. */
  rows: () => readonly Row[]
  lines: () => readonly Line[]
  /** First byte that is shown; above 0 when the beginning was left out. */
  from: number
  /** Bytes taken so far. */
  bytes: () => number
  /** The agent has ended and every byte is here. */
  isComplete: () => boolean
  /** Everything that was stored when the page asked has come. */
  isCaughtUp: () => boolean
  error: () => string
  startedAt: () => number | undefined
}

/** A long history is opened at its end; the beginning is fetched when somebody wants it. */
export const openAtEndBytes = 4 * 1024 * 1024

export function createAgentOutput(agentId: string, from: number): AgentOutput {
  const splitter = createLineSplitter({ from })
  const activity = createActivity()
  const allLines: Line[] = []
  const [rows, setRows] = createSignal<readonly Row[]>([])
  const [lines, setLines] = createSignal<readonly Line[]>([])
  const [bytes, setBytes] = createSignal(from)
  const [isComplete, setComplete] = createSignal(false)
  const [size, setSize] = createSignal<number>()
  const [error, setError] = createSignal('')
  let frame: number | undefined

  const publish = (): void => {
    frame = undefined
    setRows(activity.rows.slice())
    setLines(allLines.slice())
    setBytes(splitter.next)
  }
  const schedule = (): void => {
    frame ??= requestAnimationFrame(publish)
  }
  const stop = getLive()?.output(agentId, {
    next: () => splitter.next,
    onStart: (info) => {
      setSize(info.size)
      setError('')
    },
    onBytes(offset, chunk) {
      for (const line of splitter.push(offset, chunk)) {
        allLines.push(line)
        reduceLine(activity, line)
      }
      schedule()
    },
    onEnd: () => setComplete(true),
    onError: setError,
  })
  onCleanup(() => {
    stop?.()
    if (frame !== undefined) cancelAnimationFrame(frame)
  })
  return {
    rows,
    lines,
    from,
    bytes,
    isComplete,
    isCaughtUp: () => bytes() >= (size() ?? Number.POSITIVE_INFINITY),
    error,
    startedAt: () => {
      rows()
      return activity.startedAt
    },
  }
}
