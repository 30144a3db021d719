/** What the installation has on the engine, for a doctor that is not the server. */
import { existsSync } from 'node:fs'
import { createEngineResources, type EngineResources } from '#agents/engine-resources.ts'
import { createApi } from '#cli/client/api.ts'
import { findRunning } from '#cli/running.ts'
import { findOwnerToken } from '#config/address-file.ts'
import type { Config } from '#config/config.ts'
import type { KeptSetupList } from '#contract/setup.ts'
import type { EngineResource, OrphansRemoved } from '#contract/system.ts'
import { createDataLock } from '#db/data-directory.ts'
import { type Db, openDb } from '#db/open.ts'
import { getOrSetSetting } from '#db/settings.ts'
import { countKeptSetups } from '#db/setups.ts'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import type { Resources } from './parts.ts'

/**
 * Asks the server of this directory when it runs: it knows what it keeps ready. Else looks for itself, and keeps servers away for
 * that moment. Undefined where nothing was ever run.
 */
export async function openResources(config: Config): Promise<Resources | undefined> {
  const { data_dir: dataDir } = config.storage
  if (!existsSync(config.database.path)) return undefined
  const running = await findRunning(dataDir)
  if (running && 'url' in running) return askServer(running.url, findOwnerToken(dataDir))
  return {
    list: (signal) => inDirectory(config, ({ list }) => list(signal ? { signal } : {})),
    countSetups: () => inDirectory(config, async (_, db) => countKeptSetups(db)),
    removeOrphans: () => inDirectory(config, ({ removeOrphans }) => removeOrphans()),
  }
}

function askServer(url: string, token: string | undefined): Resources {
  const api = (signal = new AbortController().signal) =>
    createApi({ url, signal, ...(token !== undefined && { token }) })
  return {
    async list(signal) {
      const { resources } = await api(signal).get<{ resources: EngineResource[] }>('/api/resources')
      return resources
    },
    async countSetups(signal) {
      const { setups, bytes } = await api(signal).get<KeptSetupList>('/api/setups')
      return { count: setups.length, bytes }
    },
    removeOrphans: () => api().send<OrphansRemoved>('POST', '/api/resources/remove-orphans'),
  }
}

/** Throws `data.refused` when somebody is at work on the directory. */
async function inDirectory<T>(
  { storage, database, docker }: Config,
  work: (resources: EngineResources, db: Db) => Promise<T>,
): Promise<T> {
  const lock = createDataLock()
  lock.take(storage.data_dir)
  try {
    const { db, close } = openDb(database.path, { mayUpgrade: false })
    try {
      const instanceId = getOrSetSetting(db, 'instance', newId)
      const engine = createDockerodeEngine({ host: docker.host })
      return await work(createEngineResources({ engine, db, instanceId, clock }), db)
    } finally {
      close()
    }
  } finally {
    lock.release()
  }
}
