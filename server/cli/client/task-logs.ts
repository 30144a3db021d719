import { exitCodes } from '#cli/exit-codes.ts'
import type { Agent } from '#contract/agent.ts'
import { type LiveRequest, parseOutputFrame } from '#contract/socket.ts'
import { type Call, isSet, wordOf } from './call.ts'
import { Failure } from './failure.ts'
import { findTask, pickAgent, pickOnlyAgent, taskPath } from './find.ts'
import { followLive } from './live.ts'
import { createLogReader } from './log-lines.ts'
import { escapeJson, toSafeText } from './safe-text.ts'

type Sink = {
  take(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
}

export async function showLogs(call: Call): Promise<number> {
  const { api, words } = call
  const task = await findTask(api, wordOf(call, 0))
  const agents = await api.get<Agent[]>(`${taskPath(task)}/agents`)
  const [, typed] = words
  const agent = typed === undefined ? pickOnlyAgent(agents, 'AGENT') : pickAgent(agents, typed)
  const sink = isSet(call, 'json') ? createExactSink(call) : createReadableSink(call)
  if (isSet(call, 'follow')) await follow(call, agent, sink)
  else await readAll(call, agent, sink)
  await sink.end()
  return 0
}

const outputPath = ({ id, task_id }: Agent): string =>
  `${taskPath({ id: task_id })}/agents/${encodeURIComponent(id)}/output`

/** What there is now, in the pieces the server hands out. */
async function readAll({ api }: Call, agent: Agent, sink: Sink): Promise<void> {
  for (let from = 0; ; ) {
    const response = await api.read(outputPath(agent), { from })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length === 0) return
    await sink.take(bytes)
    from += bytes.length
  }
}

const channel = 1

/** Every byte once, in order, until the agent has ended; through lost connections and gaps. */
async function follow({ api, terminal }: Call, agent: Agent, sink: Sink): Promise<void> {
  let next = 0
  const request = (): LiveRequest => ({ type: 'output', agent: agent.id, from: next, channel })
  const stop = new AbortController()
  const frames = followLive({
    api,
    request,
    check: () => api.get(`${taskPath({ id: agent.task_id })}/agents/${agent.id}`),
    signal: AbortSignal.any([terminal.signal, stop.signal]),
    onLost: () => terminal.note('The connection is lost; trying again.'),
    onBack: () => terminal.note('Connected again.'),
  })
  for await (const frame of frames) {
    if (frame.type === 'output_end' && next >= frame.size) return
    if (frame.type === 'error')
      throw new Failure(exitCodes.notFound, toSafeText(frame.error), { code: frame.code })
    // What is missing is read over HTTP: the stream goes on behind it.
    if (frame.type === 'gap') next = await fill({ api, agent, sink, from: next, to: frame.to })
    if (frame.type !== 'bytes') continue
    const part = parseOutputFrame(frame.frame)
    if (!part || part.offset + part.bytes.length <= next) continue
    await sink.take(part.bytes.subarray(Math.max(0, next - part.offset)))
    next = part.offset + part.bytes.length
  }
}

async function fill(gap: {
  api: Call['api']
  agent: Agent
  sink: Sink
  from: number
  to: number
}): Promise<number> {
  let { from } = gap
  while (from < gap.to) {
    const response = await gap.api.read(outputPath(gap.agent), { from, to: gap.to })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (bytes.length === 0) break
    await gap.sink.take(bytes)
    from += bytes.length
  }
  return from
}

/** Byte for byte into a file or a pipe; on a terminal what could be more than text is escaped. */
function createExactSink({ terminal }: Call): Sink {
  const decoder = new TextDecoder()
  return {
    take: (bytes) =>
      terminal.write(
        terminal.isTerminal ? escapeJson(decoder.decode(bytes, { stream: true })) : bytes,
      ),
    end: async () => {},
  }
}

function createReadableSink({ terminal, paint }: Call): Sink {
  const reader = createLogReader({ paint, columns: terminal.columns })
  const write = async (lines: readonly string[]): Promise<void> => {
    if (lines.length > 0) await terminal.write(`${lines.join('\n')}\n`)
  }
  return { take: (bytes) => write(reader.push(bytes)), end: () => write(reader.end()) }
}
