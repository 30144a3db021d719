/**
 * Copies what a CLI printed from its volume into the output store, every byte once: the store's size is the offset to
 * go on from, after whatever broke. See "Output, exactly once" in `server/README.md`.
 */
import { AppError, isNoRoom, toMessage } from '#contract/errors.ts'
import type { ContainerState, Engine, ExecStream } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { readTarFile } from '#docker/tar.ts'
import type { Mask } from '#lib/byte-mask.ts'
import type { Clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import { outputPath } from './container.ts'
import { createOutputMask } from './output-mask.ts'
import { isAway, type Retry } from './retry.ts'

/** How a container ended. `isGone`: somebody removed it, so its exit code is not known. */
export type ContainerEnd = { exitCode?: number; oomKilled: boolean; isGone: boolean }

export type FollowOptions = {
  engine: Pick<Engine, 'execStream' | 'inspectContainer' | 'getArchive'>
  output: Pick<OutputStore, 'size' | 'append'>
  retry: Retry
  clock: Clock
  log: Log
  agentId: string
  containerId: string
  /** Runs `read` with a container that has the agent's volumes, for when the real one is gone; does nothing without volumes. */
  withHelper: (read: (helperId: string) => Promise<void>) => Promise<void>
  /** What must not be stored. */
  mask: Mask
  /** Bytes that were just stored, with the offset of the first. Called again with the same after it threw `disk.full` or `disk.failing`. */
  onBytes: (offset: number, bytes: Uint8Array) => void
  signal: AbortSignal
}

const longestPauseMs = 5_000
const diskPauseMs = 1_000

/** Resolves when the container has ended and its last byte is stored. Rejects on abort or when the engine stays away. */
export async function followOutput(options: FollowOptions): Promise<ContainerEnd> {
  const { engine, retry, clock, containerId, signal } = options
  for (let idle = 0; ; idle += 1) {
    const before = options.output.size(options.agentId)
    await tail(options)
    const state = await retry(() => engine.inspectContainer(containerId), signal)
    if (!state || !isAlive(state)) {
      const ended = state && isGoing(state) ? undefined : state
      await retry(() => readRest(options, ended), signal)
      return {
        oomKilled: ended?.oomKilled ?? false,
        isGone: ended === undefined,
        ...(ended?.exitCode !== undefined && { exitCode: ended.exitCode }),
      }
    }
    if (options.output.size(options.agentId) > before) idle = 0
    await clock.sleep(Math.min(50 * 2 ** idle, longestPauseMs), signal)
  }
}

export function isAlive(state: Pick<ContainerState, 'status'>): boolean {
  return state.status === 'running' || state.status === 'paused' || state.status === 'restarting'
}

/** Somebody is removing it: its files cannot be reached through it any more, or only some of them. */
export function isGoing(state: Pick<ContainerState, 'status'>): boolean {
  return state.status === 'removing' || state.status === 'dead'
}

/** Until the stream ends for whatever reason; the caller looks at the container to learn which. */
async function tail(options: FollowOptions): Promise<void> {
  const { engine, output, agentId, containerId, signal, log } = options
  const from = output.size(agentId) + 1
  const start = `${newId()}\n`
  // The tail ends with our end of its stdin: a server that was killed leaves none behind.
  const script =
    `printf '%s' "$1"; : >> ${outputPath}; ` +
    `tail -c +${from} -f ${outputPath} & t=$!; cat > /dev/null; kill $t`
  const onStart = (): void => log.info('output followed', { agent: agentId, from: from - 1 })
  let stream: ExecStream | undefined
  const close = () => stream?.close()
  signal.addEventListener('abort', close)
  try {
    stream = await engine.execStream(containerId, { cmd: ['sh', '-c', script, 'sh', start] })
    if (signal.aborted) close()
    // What it still holds back at the end is read again.
    const masked = createOutputMask(options.mask)
    for await (const chunk of afterStart(stream.stdout, start, onStart))
      await store(options, output.size(agentId), masked.push(chunk))
  } catch (error) {
    if (!(error instanceof AppError) || isNoRoom(error)) throw error
    if (!isAway(error) && !isRefusal(error, 'not-running', 'not-found'))
      log.warn('output not readable', { agent: agentId, error: error.message })
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
  signal.throwIfAborted()
}

/**
 * What follows `start`; nothing when the stream begins with anything else. An engine that cannot start a program in a
 * container that just ended writes its complaint where the program's output would be (20.10, "OCI runtime exec failed").
 */
async function* afterStart(
  stream: AsyncIterable<Uint8Array>,
  start: string,
  onStart: () => void,
): AsyncGenerator<Uint8Array> {
  const expected = new TextEncoder().encode(start)
  let matched = 0
  for await (const chunk of stream) {
    let at = 0
    while (matched < expected.length && at < chunk.length) {
      if (chunk[at] !== expected[matched]) return
      matched += 1
      at += 1
      if (matched === expected.length) onStart()
    }
    if (at < chunk.length) yield chunk.subarray(at)
  }
}

/** What the container printed after the last stored byte, from its volume. */
async function readRest(options: FollowOptions, state: ContainerState | undefined): Promise<void> {
  if (state) return await copyFile(options, options.containerId)
  await options.withHelper((helperId) => copyFile(options, helperId))
}

async function copyFile(options: FollowOptions, containerId: string): Promise<void> {
  const { output, agentId } = options
  const masked = createOutputMask(options.mask)
  const next = (bytes: Uint8Array): Promise<void> => store(options, output.size(agentId), bytes)
  let stored = output.size(agentId)
  try {
    const archive = await options.engine.getArchive(containerId, outputPath)
    for await (const chunk of readTarFile(archive)) {
      const known = Math.min(stored, chunk.length)
      stored -= known
      await next(masked.push(chunk.slice(known)))
    }
    await next(masked.end())
  } catch (error) {
    // A container that never came to its gate has no output.
    if (!(error instanceof AppError && error.code === 'file.not-found')) throw error
  }
}

/** Waits for room when the server's own disk is full: the origin keeps the bytes meanwhile. */
async function store(options: FollowOptions, offset: number, bytes: Uint8Array): Promise<void> {
  const { output, agentId, clock, signal, log, onBytes } = options
  const before = output.size(agentId)
  if (bytes.length === 0 || offset + bytes.length <= before) return
  for (;;) {
    try {
      output.append(agentId, offset, bytes)
      onBytes(before, bytes.subarray(before - offset))
      return
    } catch (error) {
      if (!isNoRoom(error)) throw error
      log.error('output waits for the disk', { agent: agentId, error: toMessage(error) })
      await clock.sleep(diskPauseMs, signal)
    }
  }
}
