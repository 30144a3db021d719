/** What setup commands left, kept on the engine: shown, removed by hand, and by itself when it is old or too much. */
import { AppError } from '#contract/errors.ts'
import type { KeptSetupList } from '#contract/setup.ts'
import type { Db } from '#db/open.ts'
import {
  countSetupUses,
  findKeptSetup,
  forgetKeptSetup,
  type KeptSetupRow,
  listKeptSetups,
} from '#db/setups.ts'
import type { Engine } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { shortId } from '#lib/ids.ts'

export type KeptSetups = {
  /** Newest use first. */
  list(): KeptSetupList
  /** Throws `setup.not-found`, and `setup.in-use` while a task that is not over starts agents from it. */
  remove(key: string): Promise<void>
  /** Removes what was not used for `days`, and then the longest unused until all take `totalBytes`; 0 is no limit. Returns what went, or would. */
  sweep(limits: SweepLimits, isPreview: boolean): Promise<{ count: number; bytes: number }>
}

export type SweepLimits = { days: number; totalBytes: number }

export type KeptSetupsOptions = {
  db: Db
  engine: Pick<Engine, 'listImages' | 'removeImage'>
  isBusy: (key: string) => boolean
  instanceId: string
  clock: Pick<Clock, 'now'>
}

const dayMs = 86_400_000
/** A task that has just found one has not written it down yet. */
const youngMs = 3_600_000

export function createKeptSetups(options: KeptSetupsOptions): KeptSetups {
  const { db, engine, isBusy } = options

  /** False when a container still uses it. */
  const drop = async ({ key, image }: KeptSetupRow): Promise<boolean> => {
    try {
      await engine.removeImage(image)
    } catch (error) {
      if (isRefusal(error, 'in-use', 'conflict')) return false
      throw error
    }
    forgetKeptSetup(db, key)
    return true
  }

  return {
    list() {
      const uses = countSetupUses(db)
      const rows = listKeptSetups(db).reverse()
      return {
        setups: rows.map((row) => ({
          ...{ id: row.key, repository: row.repository, commands: row.commands, bytes: row.bytes },
          ...(row.from !== null && { from: row.from }),
          made_at: toIso(row.createdAt),
          used_at: toIso(row.usedAt),
          tasks: uses.get(row.key) ?? 0,
        })),
        bytes: sumOf(rows),
      }
    },
    async remove(key) {
      const row = findKeptSetup(db, key)
      if (!row) throw new AppError('setup.not-found', `No setup is kept under "${key}".`)
      const isUsed = countSetupUses(db).has(key) || isBusy(key)
      if (isUsed || !(await drop(row)))
        throw new AppError(
          'setup.in-use',
          'A task that is not over starts its agents from it. Remove it when that is done or cancelled.',
        )
    },
    async sweep(limits, isPreview) {
      const going = toGo(options, limits)
      const removed: KeptSetupRow[] = []
      for (const row of going)
        if (isPreview || (!isBusy(row.key) && (await drop(row)))) removed.push(row)
      if (!isPreview) await dropUnknown(options)
      return { count: removed.length, bytes: sumOf(removed) }
    },
  }
}

function toGo({ db, clock }: KeptSetupsOptions, limits: SweepLimits): KeptSetupRow[] {
  const rows = listKeptSetups(db)
  const uses = countSetupUses(db)
  const before = limits.days === 0 ? 0 : clock.now() - limits.days * dayMs
  let excess = limits.totalBytes === 0 ? 0 : sumOf(rows) - limits.totalBytes
  return rows.filter(({ key, usedAt, bytes }) => {
    if (uses.has(key) || clock.now() - usedAt < youngMs) return false
    if (usedAt >= before && excess <= 0) return false
    excess -= bytes
    return true
  })
}

/** Left by a server that was killed between the engine and the row, or by a database that was restored. */
async function dropUnknown({ db, engine, instanceId, clock }: KeptSetupsOptions): Promise<void> {
  const labels = { 'klaudio.instance': instanceId, 'klaudio.image': 'setup' }
  const known = new Set(listKeptSetups(db).map(({ image }) => image))
  const prefix = `klaudio-setup-${shortId(instanceId)}:`
  const found = await engine.listImages(labels).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'engine.unreachable') return []
    throw error
  })
  for (const { tags, createdAt } of found) {
    if (clock.now() - createdAt < dayMs) continue
    for (const tag of tags.filter((each) => each.startsWith(prefix) && !known.has(each)))
      await engine.removeImage(tag).catch((error: unknown) => {
        if (!isRefusal(error, 'in-use', 'conflict')) throw error
      })
  }
}

const sumOf = (rows: readonly KeptSetupRow[]): number =>
  rows.reduce((sum, { bytes }) => sum + bytes, 0)
