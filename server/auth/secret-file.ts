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
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Small files with one secret each, which only the owner may read. Links are never followed. */

const exclusive = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
const noFollow = constants.O_NOFOLLOW ?? 0

/** Its text without the white space around it; undefined when there is no such file. Takes other users' rights away. */
export function readSecretFile(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | noFollow)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const { mode } = fstatSync(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) chmodSync(path, 0o600)
    return readFileSync(file, 'utf8').trim()
  } finally {
    closeSync(file)
  }
}

/** Whole or not at all. Returns false and leaves everything alone when another process was first. */
export function createSecretFile(path: string, text: string): boolean {
  const temporary = writeBeside(path, text)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    return false
  } finally {
    unlinkSync(temporary)
  }
}

/** Whole or not at all; what was there before is gone. */
export function replaceSecretFile(path: string, text: string): void {
  renameSync(writeBeside(path, text), path)
}

function writeBeside(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(temporary, exclusive | noFollow, 0o600)
  try {
    writeFileSync(file, `${text}\n`)
    fsyncSync(file)
    return temporary
  } catch (error) {
    unlinkSync(temporary)
    throw error
  } finally {
    closeSync(file)
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
