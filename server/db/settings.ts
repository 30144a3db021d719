import { eq } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { settings } from './schema/installation.ts'

/** The stored value, or what `make` returns, stored first. */
export function getOrSetSetting(tx: Tx, key: string, make: () => string): string {
  tx.insert(settings)
    .values({ key, value: make(), updatedAt: Date.now() })
    .onConflictDoNothing()
    .run()
  const row = tx.select().from(settings).where(eq(settings.key, key)).get()
  if (!row) throw new Error(`setting ${key} vanished`)
  return row.value
}
