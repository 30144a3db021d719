import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError } from '#contract/errors.ts'
import type { Db, Tx } from '#db/open.ts'
import { deleteSecret, findSecret, insertSecret } from '#db/secrets.ts'
import { newId } from '#lib/ids.ts'
import { readOrCreateKey } from './key-file.ts'

/** Keeps tokens: rows in `secrets`, sealed with AES-256-GCM under the key of `keyFile`. Ids may be shown, values never. */
export type Vault = {
  /** Stores a value and returns its id. Takes the caller's transaction, so that it lives and dies with what names it. */
  seal(tx: Tx, value: string): string
  /** Throws `credentials.missing` when it is gone, or was sealed under another key. */
  open(id: string): string
  remove(tx: Tx, id: string): void
}

const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

export function createVault({
  db,
  keyFile,
  now = Date.now,
}: {
  db: Db
  keyFile: string
  now?: () => number
}): Vault {
  let known: Uint8Array | undefined
  const key = (): Uint8Array => {
    known ??= readOrCreateKey(keyFile)
    return known
  }
  return {
    seal(tx, value) {
      const id = newId()
      insertSecret(tx, { id, sealed: seal({ key: key(), id, value }), createdAt: now() })
      return id
    },
    open(id) {
      const row = findSecret(db, id)
      if (!row) throw missing('The stored token is gone. Give it again.')
      return open({ key: key(), id, sealed: row.sealed })
    },
    remove: (tx, id) => deleteSecret(tx, id),
  }
}

/** The id is authenticated with the value: a row copied over another does not open. */
function seal({ key, id, value }: { key: Uint8Array; id: string; value: string }): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(id))
  const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return `v1.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`
}

function open({ key, id, sealed }: { key: Uint8Array; id: string; sealed: string }): string {
  const [version, encoded = ''] = sealed.split('.')
  const bytes = Buffer.from(encoded, 'base64')
  try {
    if (version !== 'v1') throw new Error(`unknown form ${version}`)
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes))
      .setAAD(Buffer.from(id))
      .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return (
      decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') +
      decipher.final('utf8')
    )
  } catch (error) {
    throw missing(
      "The stored token does not open with this installation's key. Give it again.",
      error,
    )
  }
}

const missing = (sentence: string, cause?: unknown): AppError =>
  new AppError('credentials.missing', sentence, { cause })
