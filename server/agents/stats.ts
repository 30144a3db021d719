import { AppError } from '#contract/errors.ts'
import type { AgentStats, ContainerStats } from '#contract/stats.ts'
import { listAgents } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { Engine, ContainerStats as Measured } from '#docker/engine.ts'

export type SampleStats = (taskId: string, signal?: AbortSignal) => Promise<AgentStats[]>

/**
 * Measures the containers of a task's running agents, all at once. One that ended meanwhile is left out; throws
 * `engine.unreachable` when the engine does not answer.
 */
export function createStatsSampler({
  db,
  engine,
}: {
  db: Tx
  engine: Pick<Engine, 'stats'>
}): SampleStats {
  return async (taskId, signal) => {
    const rows = listAgents(db, { taskId, statuses: ['created', 'running'] })
    const samples = rows.map(async (row): Promise<AgentStats[]> => {
      if (row.containerId === null) return []
      const measured = await measure(engine, row.containerId, signal)
      if (!measured) return []
      return [
        {
          agent_id: row.id,
          subtask_id: row.subtaskId ?? '',
          role: row.role,
          container_id: row.containerId,
          stats: toWire(measured),
        },
      ]
    })
    return (await Promise.all(samples)).flat()
  }
}

async function measure(
  engine: Pick<Engine, 'stats'>,
  containerId: string,
  signal: AbortSignal | undefined,
): Promise<Measured | undefined> {
  try {
    return await engine.stats(containerId, signal ? { signal } : {})
  } catch (error) {
    if (error instanceof AppError && error.code === 'engine.failed') return undefined
    throw error
  }
}

function toWire(stats: Measured): ContainerStats {
  const { memoryBytes: used, memoryLimitBytes: limit } = stats
  return {
    cpu_percent: stats.cpuPercent,
    memory_usage: used,
    memory_limit: limit,
    memory_percent: limit > 0 ? (used / limit) * 100 : 0,
    net_rx: stats.netRxBytes,
    net_tx: stats.netTxBytes,
    block_read: stats.blockReadBytes,
    block_write: stats.blockWriteBytes,
    pids: stats.pids,
  }
}
