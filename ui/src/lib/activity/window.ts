/**
 * The part of an agent's output that a page holds. Opens at the end or around a byte, reads older and newer pages, follows
 * what is printed, and is bounded in memory whatever the agent prints.
 */
import { createLineSplitter, type LineSplitter } from '../lines.ts'
import {
  createHolding,
  type Holding,
  type HoldingLimits,
  type Translate,
  toLines,
} from './holding.ts'

export type OutputPage = { from: number; bytes: Uint8Array; size: number; isEnded: boolean }

export type OutputPort = {
  /** Whole lines from the one that holds byte `from` to the one that holds the byte before `to`. */
  read(from: number, to: number): Promise<OutputPage>
  /** Everything from `listener.next()` on, then live; returns the way to stop. */
  follow(listener: {
    next(): number
    onStart(info: { from: number; size: number }): void
    onBytes(offset: number, bytes: Uint8Array): void
    onEnd(size: number): void
    onError(message: string): void
  }): () => void
}

/** `openBytes`: read at first, before the end or on both sides of a place. */
export type WindowLimits = HoldingLimits & { openBytes: number; pageBytes: number }

export const windowLimits: WindowLimits = {
  openBytes: 1024 * 1024,
  pageBytes: 512 * 1024,
  maxChars: 6_000_000,
  maxRows: 20_000,
}

export type OutputWindow = {
  readonly held: Holding
  /** Bytes stored on the server, as far as is known. */
  readonly size: number
  /** What the agent prints arrives by itself. */
  readonly isLive: boolean
  /** The agent has ended and the window reaches to its last byte. */
  readonly isComplete: boolean
  readonly isOpening: boolean
  readonly isReading: boolean
  readonly error: string
  /** Counts the times the window was opened anew: nothing of before is kept then. */
  readonly opened: number
  /** At the end, or around byte `at`. `size` is the best guess of what is stored. */
  open(options: { size: number; at?: number | undefined }): Promise<void>
  older(): Promise<void>
  newer(): Promise<void>
  /** To the live end, in place when it is held already. */
  toEnd(): Promise<void>
  /** Whether a reader wants the newest (the oldest is forgotten) or reads above (the newest waits on the server). */
  setFollowing(isFollowing: boolean): void
  holds(offset: number): boolean
  close(): void
}

type State = {
  size: number
  isEnded: boolean
  isFollowing: boolean
  isOpening: boolean
  reading: number
  error: string
  opened: number
  stop: (() => void) | undefined
  splitter: LineSplitter
}

type Parts = {
  port: OutputPort
  /** Something changed; called often, and synchronously. */
  onChange: () => void
  limits: WindowLimits
  held: Holding
  state: State
}

export function createOutputWindow({
  port,
  onChange,
  limits = windowLimits,
  translate,
}: Pick<Parts, 'port' | 'onChange'> & {
  limits?: WindowLimits
  translate?: Translate
}): OutputWindow {
  const held = createHolding(limits, translate)
  const state: State = {
    size: 0,
    isEnded: false,
    isFollowing: true,
    isOpening: true,
    reading: 0,
    error: '',
    opened: 0,
    stop: undefined,
    splitter: createLineSplitter(),
  }
  const parts: Parts = { port, onChange, limits, held, state }
  const isComplete = (): boolean => state.isEnded && held.to >= state.size
  return {
    held,
    get size() {
      return state.size
    },
    get isLive() {
      return state.stop !== undefined
    },
    get isComplete() {
      return isComplete()
    },
    get isOpening() {
      return state.isOpening
    },
    get isReading() {
      return state.reading > 0
    },
    get error() {
      return state.error
    },
    get opened() {
      return state.opened
    },
    open: (options) => open(parts, options),
    older: () => readOlder(parts),
    newer: () => readNewer(parts),
    async toEnd() {
      state.isFollowing = true
      if (!state.stop && !isComplete()) await open(parts, { size: state.size })
    },
    setFollowing(isFollowing) {
      state.isFollowing = isFollowing
    },
    holds: (offset) => offset >= held.from && offset < Math.max(held.to, held.from + 1),
    close() {
      state.opened++
      detach(state)
    },
  }
}

function detach(state: State): void {
  state.stop?.()
  state.stop = undefined
}

/** Undefined when it failed, which `error` says, or when the window was opened anew meanwhile. */
async function read(
  { port, onChange, state }: Parts,
  from: number,
  to: number,
): Promise<OutputPage | undefined> {
  const mine = state.opened
  state.reading++
  onChange()
  try {
    const page = await port.read(from, to)
    if (mine !== state.opened) return undefined
    state.size = Math.max(state.size, page.size)
    state.isEnded = page.isEnded
    state.error = ''
    return page
  } catch (cause) {
    if (mine === state.opened) state.error = cause instanceof Error ? cause.message : String(cause)
    return undefined
  } finally {
    state.reading--
    onChange()
  }
}

async function open(
  parts: Parts,
  { size, at }: { size: number; at?: number | undefined },
): Promise<void> {
  const { state, held, limits, onChange } = parts
  detach(state)
  const mine = ++state.opened
  Object.assign(state, { isOpening: true, isEnded: false, size, isFollowing: at === undefined })
  held.reset([], { from: 0, to: 0 })
  const start = Math.max(0, (at ?? size) - limits.openBytes)
  const end = at === undefined ? size : at + limits.openBytes
  const page = end > start ? await read(parts, start, end) : undefined
  if (mine !== state.opened) return
  // It has grown far past the guess.
  if (page && at === undefined && page.size > end + 2 * limits.openBytes)
    return open(parts, { size: page.size })
  state.isOpening = false
  if (page)
    held.reset(toLines(page.from, page.bytes), {
      from: page.from,
      to: page.from + page.bytes.length,
    })
  if (page || end === start) attachNear(parts)
  onChange()
}

async function readOlder(parts: Parts): Promise<void> {
  const { state, held, limits, onChange } = parts
  const end = held.from
  if (end === 0 || state.reading > 0) return
  const page = await read(parts, Math.max(0, end - limits.pageBytes), end)
  if (!page || held.from !== end) return
  held.prepend(
    toLines(page.from, page.bytes).filter(({ offset }) => offset < end),
    page.from,
  )
  if (held.isOver()) {
    // What the agent prints from now on waits on the server.
    detach(state)
    held.trimEnd()
  }
  onChange()
}

async function readNewer(parts: Parts): Promise<void> {
  const { state, held, limits, onChange } = parts
  const start = held.to
  if (state.stop || state.reading > 0 || (start >= state.size && state.isEnded)) return
  const page = await read(parts, start, start + limits.pageBytes)
  if (!page || held.to !== start) return
  for (const line of toLines(page.from, page.bytes)) if (line.offset >= start) held.add(line)
  held.to = Math.max(start, page.from + page.bytes.length)
  if (held.isOver()) held.trimStart()
  attachNear(parts)
  onChange()
}

/** Live from here on, when the end is near. */
function attachNear(parts: Parts): void {
  const { state, held, limits, port, onChange } = parts
  const isAtEnd = state.isEnded && held.to >= state.size
  if (state.stop || isAtEnd || held.to < state.size - limits.pageBytes) return
  state.splitter = createLineSplitter({ from: held.to, isAligned: true })
  const mine = state.opened
  state.stop = port.follow({
    next: () => state.splitter.next,
    onStart(info) {
      if (mine === state.opened) begin(parts, info)
    },
    onBytes(offset, bytes) {
      if (mine === state.opened) take(parts, offset, bytes)
    },
    onEnd(total) {
      state.size = total
      state.isEnded = true
      const rest = state.splitter.flush()
      if (rest) held.add(rest)
      held.to = Math.max(held.to, state.splitter.lineStart)
      onChange()
    },
    onError(message) {
      state.error = message
      onChange()
    },
  })
}

function begin(parts: Parts, info: { from: number; size: number }): void {
  const { state, limits, onChange } = parts
  const behind = info.size - state.splitter.next
  state.size = info.size
  state.error = ''
  const isFarBehind = behind > limits.maxChars
  // Shorter than what is held, or far ahead of a reader who wants the newest: begin anew at the end.
  if (info.from < state.splitter.next || (isFarBehind && state.isFollowing))
    void open(parts, { size: info.size })
  else if (isFarBehind) detach(state)
  onChange()
}

function take({ state, held, onChange }: Parts, offset: number, bytes: Uint8Array): void {
  for (const line of state.splitter.push(offset, bytes)) held.add(line)
  held.to = state.splitter.lineStart
  state.size = Math.max(state.size, state.splitter.next)
  if (held.isOver()) {
    if (state.isFollowing) held.trimStart()
    else detach(state)
  }
  onChange()
}
