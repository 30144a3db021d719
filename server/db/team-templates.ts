import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { AppError } from '#contract/errors.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import type { Tx } from './open.ts'
import { teamTemplates } from './schema/templates.ts'

export type TeamRow = typeof teamTemplates.$inferSelect

/** Oldest first. */
export function listTeams(tx: Tx): TeamRow[] {
  return tx
    .select()
    .from(teamTemplates)
    .orderBy(asc(teamTemplates.createdAt), asc(teamTemplates.id))
    .all()
}

export function findTeam(tx: Tx, id: string): TeamRow | undefined {
  return tx.select().from(teamTemplates).where(eq(teamTemplates.id, id)).get()
}

/** Throws `template.not-found`. */
export function getTeam(tx: Tx, id: string): TeamRow {
  const row = findTeam(tx, id)
  if (!row) throw new AppError('template.not-found', `There is no team template "${id}".`)
  return row
}

/** What a task keeps of it. Throws `template.not-found`. */
export function getTeamSnapshot(tx: Tx, teamId: string): TeamSnapshot {
  const { id, name, description, review, roles, mode, ...row } = getTeam(tx, teamId)
  return {
    ...{ id, name, description, max_agents: row.maxAgents, review },
    max_fix_rounds: row.maxFixRounds,
    serialize_conflicts: row.serializeConflicts,
    ...{ roles, mode },
  }
}

/** Whatever its case; the oldest of several. */
export function findTeamByName(tx: Tx, name: string): TeamRow | undefined {
  return tx
    .select()
    .from(teamTemplates)
    .where(eq(sql`lower(${teamTemplates.name})`, name.toLowerCase()))
    .orderBy(asc(teamTemplates.createdAt))
    .get()
}

export function saveTeam(tx: Tx, row: TeamRow): void {
  const { id: _, createdAt: __, ...set } = row
  tx.insert(teamTemplates).values(row).onConflictDoUpdate({ target: teamTemplates.id, set }).run()
  if (!row.isDefault) return
  tx.update(teamTemplates)
    .set({ isDefault: false })
    .where(and(ne(teamTemplates.id, row.id), eq(teamTemplates.isDefault, true)))
    .run()
}

/** Whether there was one. */
export function deleteTeam(tx: Tx, id: string): boolean {
  const gone = tx.delete(teamTemplates).where(eq(teamTemplates.id, id)).returning().all()
  return gone.length > 0
}
