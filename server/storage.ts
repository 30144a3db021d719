/** What keeps the data directory in order while the server runs: room on the disks, and a database that is whole. */
import { dirname } from 'node:path'
import type { Config } from '#config/config.ts'
import { toMessage } from '#contract/errors.ts'
import { damaged } from '#db/failures.ts'
import { isLarge, watchIntegrity } from '#db/integrity.ts'
import { localRootDir } from '#docker/endpoint.ts'
import { createOldImages } from '#images/old-images.ts'
import type { Background } from '#lib/background.ts'
import { systemClock as clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import { createDiskWatch } from '#storage/disk-watch.ts'
import { createRetention, type RetentionOptions } from '#storage/retention.ts'
import type { Parts } from './parts.ts'

type StorageOptions = {
  config: Config
  parts: Parts
  background: Background
  bunPath: string
  log: Log
} & Pick<RetentionOptions, 'db' | 'eventLog' | 'outputs' | 'mirrors' | 'setups'>

export type AppStorage = ReturnType<typeof createStorage>

/** Between two sweeps. */
const sweepMs = 3_600_000

export function createStorage({
  config,
  parts,
  background,
  bunPath,
  log,
  db,
  eventLog,
  outputs,
  mirrors,
  setups,
}: StorageOptions) {
  const closing = new AbortController()
  const { data_dir: dataDir, files_dir: filesDir } = config.storage
  const retention = createRetention({
    // Named one by one: whoever calls may hand over more, and something else of this name.
    ...{ settings: config.retention, dataDir, filesDir, clock, log },
    ...{ db, eventLog, outputs, mirrors, setups, database: config.database.path },
    images: createOldImages({
      engine: parts.engine,
      imageName: config.docker.image_name,
      current: () => parts.image.state().tag,
      clock,
    }),
  })
  const disks = createDisks({ config, parts, background })
  return {
    retention,
    state: disks.state,
    subscribe: disks.subscribe,
    look: disks.look,
    start(): void {
      disks.start()
      const { path } = config.database
      if (isLarge(path)) background.run('check the database', () => checkDatabase(path))
      background.run('remove what is no longer kept', sweep)
    },
    close(): void {
      closing.abort(new Error('The server closes.'))
      disks.close()
    },
  }

  async function sweep(): Promise<void> {
    const { signal } = closing
    while (!signal.aborted) {
      await retention.run().catch((error: unknown) => {
        log.error('not everything was removed that is no longer kept', { error: toMessage(error) })
      })
      await clock.sleep(sweepMs, signal).catch(() => {})
    }
  }

  /** Beside the work: reading all of a large database takes a while. What it finds is told, nothing new begins, and the next start refuses. */
  async function checkDatabase(path: string): Promise<void> {
    const { signal } = closing
    const finding = await watchIntegrity(path, { bunPath, signal }).catch((error: unknown) => {
      if (signal.aborted) return undefined
      throw error
    })
    if (finding === undefined) return
    log.error('the database is damaged', { path, finding })
    disks.damaged(damaged(path, finding).message)
  }
}

/** Everything is kept on these disks; where the engine keeps its own is asked once. */
function createDisks({
  config,
  parts,
  background,
}: Pick<StorageOptions, 'config' | 'parts' | 'background'>) {
  const { data_dir, files_dir, states_dir } = config.storage
  let engineDir: Promise<string | undefined> | undefined
  const ask = async (): Promise<string | undefined> =>
    localRootDir(await parts.engine.info(), config.docker.host)
  return createDiskWatch({
    paths: [...new Set([data_dir, dirname(config.database.path), files_dir, states_dir])],
    async enginePath() {
      engineDir ??= ask()
      try {
        return await engineDir
      } catch {
        // Away: asked again at the next look.
        engineDir = undefined
        return undefined
      }
    },
    get reserveBytes() {
      return config.storage.min_free
    },
    background,
    clock,
  })
}
