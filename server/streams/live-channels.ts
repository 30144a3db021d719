import { type LiveRequest, writeOutputHeader } from '#contract/socket.ts'
import type { LiveOptions, LiveParts } from './live.ts'
import { createOutputSource, type OutputSource } from './output-source.ts'

type OutputRequest = Extract<LiveRequest, { type: 'output' }>

/** The output channels of one live connection. */
export function createChannels({
  wire,
  outputs,
  agentOf,
  maxLagBytes = 64 * 1024 * 1024,
  limits,
  pump,
  send,
  refuse,
}: LiveParts & Pick<LiveOptions, 'wire' | 'outputs' | 'agentOf' | 'maxLagBytes'>): {
  start(request: OutputRequest): void
  stop(channel: number): void
  close(): void
} {
  const sources = new Map<number, OutputSource>()
  const stop = (channel: number): void => {
    const source = sources.get(channel)
    if (!source) return
    sources.delete(channel)
    pump.remove(source)
    source.close()
  }
  const begin = ({ channel, agent, from: asked }: OutputRequest, ended: boolean): void => {
    const size = outputs.size(agent)
    const from = Math.min(asked, size)
    send({ type: 'output_start', channel, agent, from, size })
    const source = createOutputSource({
      outputs,
      agentId: agent,
      from,
      ended,
      pump,
      maxLagBytes,
      onBytes: (offset, { frame }) => wire.send(writeOutputHeader(frame, channel, offset)),
      onGap: (gapFrom, to) => send({ type: 'gap', channel, from: gapFrom, to }),
      onEnd(total) {
        stop(channel)
        send({ type: 'output_end', channel, size: total })
      },
      onRemoved() {
        stop(channel)
        refuse({ code: 'agent.not-found', error: 'The output of this agent was deleted.', channel })
      },
    })
    sources.set(channel, source)
    pump.add(source)
  }

  return {
    start(request) {
      const { channel, agent } = request
      stop(channel)
      const found = agentOf(agent)
      if (!found)
        return refuse({ code: 'agent.not-found', error: `There is no agent '${agent}'.`, channel })
      if (sources.size >= limits.channels)
        return refuse({
          code: 'request.invalid',
          error: `A connection may have ${limits.channels} channels; stop one first.`,
          channel,
        })
      begin(request, found.ended)
    },
    stop,
    close() {
      for (const channel of [...sources.keys()]) stop(channel)
    },
  }
}
