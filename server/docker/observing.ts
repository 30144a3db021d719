import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import type { Client } from './client.ts'
import type { ContainerStats, Engine } from './engine.ts'
import { readJsonLines } from './json-lines.ts'
import { labelFilter } from './labels.ts'

const Version = v.object({
  Version: v.string(),
  ApiVersion: v.string(),
  Os: v.string(),
  Arch: v.string(),
})
const Info = v.object({
  NCPU: v.number(),
  MemTotal: v.number(),
  OperatingSystem: v.optional(v.string(), ''),
  DockerRootDir: v.optional(v.string(), ''),
  SecurityOptions: v.nullish(v.array(v.string())),
})
const Event = v.object({
  Action: v.string(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
  timeNano: v.number(),
})
const cpu = v.object({
  cpu_usage: v.object({ total_usage: v.number() }),
  system_cpu_usage: v.optional(v.number(), 0),
  online_cpus: v.optional(v.number(), 1),
})
const Stats = v.object({
  cpu_stats: cpu,
  precpu_stats: cpu,
  memory_stats: v.object({
    usage: v.optional(v.number(), 0),
    limit: v.optional(v.number(), 0),
    stats: v.optional(v.record(v.string(), v.number()), {}),
  }),
  networks: v.optional(
    v.record(v.string(), v.object({ rx_bytes: v.number(), tx_bytes: v.number() })),
    {},
  ),
  blkio_stats: v.object({
    io_service_bytes_recursive: v.nullish(v.array(v.object({ op: v.string(), value: v.number() }))),
  }),
  pids_stats: v.object({ current: v.optional(v.number(), 0) }),
})

/** An engine that takes longer than this to say who it is cannot be worked with. */
const infoTimeoutMs = 10_000

export function observingCalls(client: Client): Pick<Engine, 'info' | 'stats' | 'events'> {
  return {
    async info({ signal } = {}) {
      const ask = (path: string): Promise<unknown> =>
        client.json({
          what: 'tell about itself',
          method: 'GET',
          path,
          timeoutMs: infoTimeoutMs,
          ...(signal ? { signal } : {}),
        })
      const [versionAnswer, infoAnswer] = await Promise.all([ask('/version'), ask('/info')])
      const version = v.parse(Version, versionAnswer)
      const info = v.parse(Info, infoAnswer)
      return {
        version: version.Version,
        apiVersion: version.ApiVersion,
        arch: version.Arch,
        os: version.Os,
        rootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
        isDesktop: info.OperatingSystem.includes('Docker Desktop'),
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        ...(info.DockerRootDir ? { rootDir: info.DockerRootDir } : {}),
      }
    },

    async stats(id, { signal } = {}) {
      const answer = await client.json({
        what: `measure container ${id}`,
        method: 'GET',
        path: `/containers/${id}/stats`,
        query: { stream: false },
        ...(signal ? { signal } : {}),
      })
      return toStats(answer)
    },

    async *events(labels, { signal }) {
      try {
        const answer = await client.stream({
          what: 'report events',
          method: 'GET',
          path: '/events',
          query: { filters: labelFilter(labels, { type: ['container'] }) },
          signal,
        })
        for await (const line of readJsonLines(answer)) {
          const event = v.parse(Event, line)
          yield {
            action: event.Action,
            containerId: event.Actor.ID,
            labels: event.Actor.Attributes,
            atMs: Math.floor(event.timeNano / 1e6),
          }
        }
      } catch (error) {
        const isAway = error instanceof AppError && error.code === 'engine.unreachable'
        if (!signal.aborted && !isAway) throw error
      }
    },
  }
}

/** CPU as `docker stats` counts it: 100 is one core. Memory without the page cache that can be dropped. */
function toStats(answer: unknown): ContainerStats {
  const stats = v.parse(Stats, answer)
  const { cpu_stats: now, precpu_stats: before, memory_stats: memory } = stats
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage
  const passed = now.system_cpu_usage - before.system_cpu_usage
  const cache = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0
  const networks = Object.values(stats.networks)
  const blocks = stats.blkio_stats.io_service_bytes_recursive ?? []
  const blockBytes = (op: string): number =>
    sum(blocks.filter((block) => block.op.toLowerCase() === op).map((block) => block.value))
  return {
    cpuPercent: passed > 0 && used > 0 ? (used / passed) * now.online_cpus * 100 : 0,
    memoryBytes: Math.max(0, memory.usage - cache),
    memoryLimitBytes: memory.limit,
    netRxBytes: sum(networks.map((network) => network.rx_bytes)),
    netTxBytes: sum(networks.map((network) => network.tx_bytes)),
    blockReadBytes: blockBytes('read'),
    blockWriteBytes: blockBytes('write'),
    pids: stats.pids_stats.current,
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
