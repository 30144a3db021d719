/** Secrets of the settings in the installation's vault: sealed in its database, under a key file that only the owner may read. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createVault, type Vault } from '#auth/vault.ts'
import type { Config } from '#config/config.ts'
import type { OpenSecrets } from '#config/sealing.ts'
import { type DataLock, refuseLostDatabase } from '#db/data-directory.ts'
import { type Db, openDb } from '#db/open.ts'

export const openVault = (config: Config, db: Db): Vault =>
  createVault({ db, keyFile: join(config.storage.data_dir, 'vault.key') })

/**
 * The database is open only while it is needed: settings are read before a server opens it, and by commands that run beside one. Only a server
 * `mayUpgrade` it, once it holds the `lock`.
 */
export function vaultSecrets({
  mayUpgrade,
  lock,
}: {
  mayUpgrade: boolean
  lock?: DataLock
}): OpenSecrets {
  return (config) => {
    lock?.take(config.storage.data_dir)
    const use = <T>(work: (vault: Vault, db: Db) => T): T => {
      const { path } = config.database
      refuseLostDatabase(path, config.storage.data_dir)
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const { db, close } = openDb(path, {
        mayUpgrade,
        keptBackups: config.database.migration_backups,
      })
      try {
        return work(openVault(config, db), db)
      } finally {
        close()
      }
    }
    return {
      seal: (value) => use((vault, db) => vault.seal(db, value)),
      open: (reference) => use((vault) => vault.open(reference)),
      remove: (reference) => use((vault, db) => vault.remove(db, reference)),
    }
  }
}
