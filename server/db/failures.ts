/** What SQLite's own errors mean for a person. */
import { AppError } from '#contract/errors.ts'

/** Result codes of a file that is not, or not wholly, a database (sqlite.org/rescode.html). */
const damageCodes = /^SQLITE_(CORRUPT|NOTADB)/
/** No room: for the rows, or for the index of the write-ahead log. */
const fullCodes = /^SQLITE_(FULL|IOERR_SHMSIZE)$/

/** The system refused to write or sync. */
const failingCodes = /^SQLITE_IOERR(?!_SHMSIZE)/

/** The code of the error or of what caused it, such as `SQLITE_FULL`. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return code?.startsWith('SQLITE_') ? code : sqliteCode(error.cause)
}

export const isDamage = (error: unknown): boolean => damageCodes.test(sqliteCode(error) ?? '')

/** A full disk as `disk.full`, one that fails as `disk.failing`: the transaction was rolled back and may be tried again. Anything else as it is. */
export function explainFull(error: unknown): unknown {
  const code = sqliteCode(error) ?? ''
  if (failingCodes.test(code))
    return new AppError(
      'disk.failing',
      'The disk of the database could not be written: nothing was changed. Look at the disk; once it works it goes on by itself.',
      { cause: error },
    )
  if (!fullCodes.test(code)) return error
  return new AppError(
    'disk.full',
    'The disk of the database is full: nothing was changed. Free some space, then it goes on.',
    { cause: error },
  )
}

/** The refusal of a damaged database: never is a new one put in its place. */
export function damaged(path: string, finding: string): AppError {
  return new AppError(
    'data.refused',
    `The database ${path} is damaged (${finding}). Nothing was changed. Restore a backup with "klaudio restore FILE --force", or put back one of the copies in the folder "backups" beside it.`,
    { details: { reason: 'damaged', path } },
  )
}
