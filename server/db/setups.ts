/** Images and setup commands of tasks, one row per task that has any, and what is kept of them for others. */
import { and, asc, eq, inArray, notInArray } from 'drizzle-orm'
import type { OwnImage } from '#contract/runs-in.ts'
import type { SetupState, TaskSetup } from '#contract/setup.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { keptSetups, taskSetups } from './schema/setups.ts'
import { tasks } from './schema/tables.ts'

export type TaskSetupRow = typeof taskSetups.$inferSelect
export type KeptSetupRow = typeof keptSetups.$inferSelect

export type SetupPatch = Partial<Omit<TaskSetupRow, 'taskId'>>

const fresh: SetupPatch = {
  state: 'waiting',
  ...{ key: null, imageKey: null, step: null, fromCache: false, error: null },
  ...{ foundCommands: [], notes: [] },
  ...{ output: '', leftOut: [], startedAt: null, endedAt: null },
}

/** What is to be done before agents start. */
export type SetupWish = {
  commands: readonly string[]
  withSecrets: boolean
  /** Null: the standard image. */
  runsIn?: OwnImage | null
  /** The task says so itself. */
  hasOwnRunsIn?: boolean
}

/** Nothing when there are no commands and no image. */
export function insertSetup(
  tx: Tx,
  taskId: string,
  { commands, withSecrets, runsIn = null, hasOwnRunsIn = false }: SetupWish,
): void {
  if (commands.length === 0 && runsIn === null) return
  const wish = { commands: [...commands], withSecrets, runsIn, hasOwnRunsIn }
  tx.insert(taskSetups)
    .values({ taskId, ...wish, state: 'waiting' })
    .run()
}

/** For another run of a task: it begins with the same commands, and finds what they left. */
export function copySetup(tx: Tx, from: string, to: string): void {
  const old = findSetup(tx, from)
  if (!old) return
  insertSetup(tx, to, old)
  if (old.state === 'skipped') updateSetup(tx, to, { state: 'skipped' })
}

export function findSetup(tx: Tx, taskId: string): TaskSetupRow | undefined {
  return tx.select().from(taskSetups).where(eq(taskSetups.taskId, taskId)).get()
}

export function updateSetup(tx: Tx, taskId: string, set: SetupPatch): void {
  tx.update(taskSetups).set(set).where(eq(taskSetups.taskId, taskId)).run()
}

/** Compare-and-set on the state; false when it was another. */
export function moveSetup(
  tx: Tx,
  { taskId, from, set }: { taskId: string; from: readonly SetupState[]; set: SetupPatch },
): boolean {
  const where = and(eq(taskSetups.taskId, taskId), inArray(taskSetups.state, [...from]))
  return tx.update(taskSetups).set(set).where(where).returning().all().length > 0
}

/** From the beginning, with other commands if any are given. */
export function restartSetup(
  tx: Tx,
  taskId: string,
  other: Partial<Pick<TaskSetupRow, 'commands' | 'withSecrets' | 'runsIn'>> | undefined,
): boolean {
  return moveSetup(tx, { taskId, from: ['failed'], set: { ...fresh, ...other } })
}

export function toTaskSetup(row: TaskSetupRow): TaskSetup {
  return {
    state: row.state,
    commands: [...row.foundCommands, ...row.commands],
    ...(row.runsIn && { runs_in: row.runsIn, has_image: row.imageKey !== null }),
    ...(row.notes.length > 0 && { notes: row.notes }),
    with_secrets: row.withSecrets,
    from_cache: row.fromCache,
    ...(row.step !== null && { step: row.step }),
    ...(row.error !== null && { error: row.error }),
    ...(row.leftOut.length > 0 && { left_out: row.leftOut }),
    ...(row.startedAt !== null && { started_at: toIso(row.startedAt) }),
    ...(row.endedAt !== null && { ended_at: toIso(row.endedAt) }),
  }
}

export function findKeptSetup(tx: Tx, key: string): KeptSetupRow | undefined {
  return tx.select().from(keptSetups).where(eq(keptSetups.key, key)).get()
}

/** Longest unused first. */
export function listKeptSetups(tx: Tx): KeptSetupRow[] {
  return tx.select().from(keptSetups).orderBy(asc(keptSetups.usedAt), asc(keptSetups.key)).all()
}

export function countKeptSetups(tx: Tx): { count: number; bytes: number } {
  const all = listKeptSetups(tx)
  return { count: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) }
}

export function keepSetup(tx: Tx, row: KeptSetupRow): void {
  tx.insert(keptSetups).values(row).onConflictDoUpdate({ target: keptSetups.key, set: row }).run()
}

export function touchKeptSetup(tx: Tx, key: string, usedAt: number): void {
  tx.update(keptSetups).set({ usedAt }).where(eq(keptSetups.key, key)).run()
}

export function forgetKeptSetup(tx: Tx, key: string): void {
  tx.delete(keptSetups).where(eq(keptSetups.key, key)).run()
}

/** How many tasks that are not over start agents from each. */
export function countSetupUses(tx: Tx): Map<string, number> {
  const rows = tx
    .select({ key: taskSetups.key, imageKey: taskSetups.imageKey })
    .from(taskSetups)
    .innerJoin(tasks, eq(tasks.id, taskSetups.taskId))
    .where(notInArray(tasks.status, ['completed', 'failed', 'cancelled']))
    .all()
  const uses = new Map<string, number>()
  for (const { key, imageKey } of rows)
    for (const each of new Set([key, imageKey]))
      if (each !== null) uses.set(each, (uses.get(each) ?? 0) + 1)
  return uses
}
