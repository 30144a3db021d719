import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '#contract/errors.ts'

const keyBytes = 32
const exclusive = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
const noFollow = constants.O_NOFOLLOW ?? 0

/**
 * The installation's key, 32 random bytes that only the owner may read. Made on first use; of two processes that make it
 * at once, both get the same one. Throws `config.invalid` for a file that cannot be a key: it is never overwritten.
 */
export function readOrCreateKey(path: string): Uint8Array {
  const present = readKey(path)
  if (present) return present
  createKey(path)
  const created = readKey(path)
  if (!created) throw unusable(path)
  return created
}

function readKey(path: string): Uint8Array | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | noFollow)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw unusable(path, error)
  }
  try {
    const { mode } = fstatSync(file)
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
    if (key.length !== keyBytes) throw unusable(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) chmodSync(path, 0o600)
    return key
  } finally {
    closeSync(file)
  }
}

/** Whole or not at all: written under another name, then linked, which fails when another process was first. */
function createKey(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(temporary, exclusive | noFollow, 0o600)
  try {
    writeSync(file, `${randomBytes(keyBytes).toString('base64')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    unlinkSync(temporary)
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const unusable = (path: string, cause?: unknown): AppError =>
  new AppError(
    'config.invalid',
    `The key file ${path} cannot be used. Restore it from a backup; without it stored tokens must be given again.`,
    { cause },
  )
