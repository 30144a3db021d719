/** Whether a database is whole. */
import { Database } from 'bun:sqlite'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { AppError, toMessage } from '#contract/errors.ts'
import { damaged, isDamage } from './failures.ts'
import { listApplied, refuseNewer } from './migrations.ts'

/**
 * Databases up to this size are checked before they are used: a tenth of a second or two. Larger ones are used at once and checked
 * meanwhile, by another process (`watchIntegrity`), so that a large installation starts as fast as a small one.
 */
const checkedAtOnceBytes = 64 * 1024 * 1024

/** The first thing that is wrong with the structure of every page, else undefined. Reads the whole file. */
export function quickCheck(sqlite: Database): string | undefined {
  const [row] = sqlite.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all()
  return row?.quick_check === 'ok' ? undefined : (row?.quick_check ?? 'no answer')
}

/** A database nobody uses. Throws `backup.invalid` when it is damaged, `data.refused` when it is of a newer version. */
export function checkDatabase(path: string): void {
  const check = (): string | undefined => {
    using sqlite = new Database(path, { readonly: true, strict: true })
    const finding = quickCheck(sqlite)
    if (finding === undefined) refuseNewer(path, listApplied(sqlite))
    return finding
  }
  const finding = explainDamage(check)
  if (finding === undefined) return
  throw new AppError(
    'backup.invalid',
    `The database in this backup is damaged (${finding}). Nothing was changed.`,
  )
}

function explainDamage(check: () => string | undefined): string | undefined {
  try {
    return check()
  } catch (error) {
    if (isDamage(error)) return toMessage(error)
    throw error
  }
}

/** Throws `data.refused` for damage that was found before, or is found now in a database small enough. */
export function refuseDamaged(sqlite: Database, path: string): void {
  const known = readFinding(path)
  if (known) throw damaged(path, known)
  if (isLarge(path)) return
  const finding = quickCheck(sqlite)
  if (finding) throw damaged(path, finding)
}

/** Too large to be checked before it is used. */
export const isLarge = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > checkedAtOnceBytes

/** What another process of this program runs: opens the database to read, and says what `quickCheck` says. */
const script = `
import { Database } from 'bun:sqlite'
const sqlite = new Database(process.argv.at(-1), { readonly: true })
sqlite.run('PRAGMA busy_timeout = 60000')
console.log(Object.values(sqlite.query('PRAGMA quick_check(1)').get())[0])
`

/**
 * Checks a database in use from a process of its own, so that nobody waits for it. What it finds is kept beside the database, and
 * the next start refuses. Resolves with the finding, undefined when all is well; rejects when it could not be checked.
 */
export async function watchIntegrity(
  path: string,
  { bunPath, signal }: { bunPath: string; signal: AbortSignal },
): Promise<string | undefined> {
  const child = Bun.spawn([bunPath, '-e', script, path], {
    // A compiled program is the runtime itself when told so.
    env: { BUN_BE_BUN: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    signal,
  })
  const [said, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  signal.throwIfAborted()
  const finding = said.trim() || (/malformed|not a database/.exec(complaint)?.[0] ?? '')
  if (finding === 'ok') return undefined
  if (finding === '') throw new Error(`the database was not checked (exit ${code}): ${complaint}`)
  writeFileSync(findingFile(path), `${finding}\n`, { mode: 0o600 })
  return finding
}

const findingFile = (path: string): string => `${path}.damaged`

function readFinding(path: string): string | undefined {
  const file = findingFile(path)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() || 'found earlier' : undefined
}
