import { randomBytes } from 'node:crypto'
import { AppError } from '#contract/errors.ts'
import { createSecretFile, readSecretFile } from './secret-file.ts'

const keyBytes = 32

/**
 * The installation's key, 32 random bytes that only the owner may read. Made on first use; of two processes that make it
 * at once, both get the same one. Throws `config.invalid` for a file that cannot be a key: it is never overwritten.
 */
export function readOrCreateKey(path: string): Uint8Array {
  const present = readKey(path)
  if (present) return present
  createSecretFile(path, randomBytes(keyBytes).toString('base64'))
  const created = readKey(path)
  if (!created) throw unusable(path)
  return created
}

function readKey(path: string): Uint8Array | undefined {
  let text: string | undefined
  try {
    text = readSecretFile(path)
  } catch (error) {
    throw unusable(path, error)
  }
  if (text === undefined) return undefined
  const key = Buffer.from(text, 'base64')
  if (key.length !== keyBytes) throw unusable(path)
  return key
}

const unusable = (path: string, cause?: unknown): AppError =>
  new AppError(
    'config.invalid',
    `The key file ${path} cannot be used. Restore it from a backup; without it stored tokens must be given again.`,
    { cause },
  )
