/** What opens repositories, by name. Values go into the vault; only git and the forges ever get them back. */
import type { Vault } from '#auth/vault.ts'
import type {
  CreateCredential,
  Credential,
  CredentialDeleted,
  UpdateCredential,
} from '#contract/credential.ts'
import { AppError } from '#contract/errors.ts'
import {
  type CredentialRow,
  deleteCredential,
  getCredential,
  listCredentials,
  listUses,
  saveCredential,
  touchCredential,
} from '#db/credentials.ts'
import type { Db, Tx } from '#db/open.ts'
import type { GitLogin } from '#git/login.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { describeKey } from './ssh-key.ts'

export type Credentials = {
  /** By name. */
  list(): Credential[]
  /** Throws `credential.not-found`, as do the rest. */
  get(id: string): Credential
  /** Throws `credential.name-taken`, or `request.invalid` for a key that needs a passphrase. */
  create(input: CreateCredential): Credential
  /** In the caller's transaction, so that it lives and dies with what names it. */
  createIn(tx: Tx, input: CreateCredential): string
  /** A new value counts wherever the credential is used, from the next use on. */
  update(id: string, input: UpdateCredential): Credential
  /** Takes it from everything that uses it, and says what that was. */
  remove(id: string): CredentialDeleted
  /** For git. Throws `credential.not-found`, or `credentials.missing` when the value does not open. */
  reveal(id: string): GitLogin
}

type Options = { db: Db; vault: Vault; clock: Clock; newId: () => string }

export function createCredentials({ db, vault, clock, newId }: Options): Credentials {
  const toCredential = (row: CredentialRow): Credential => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    ...(row.username !== null && { username: row.username }),
    hint: row.hint,
    used_by: listUses(db, row.id),
    created_at: toIso(row.createdAt),
    updated_at: toIso(row.updatedAt),
    ...(row.lastUsedAt !== null && { last_used_at: toIso(row.lastUsedAt) }),
  })
  const createIn = (tx: Tx, input: CreateCredential): string => {
    const now = clock.now()
    const { kind, name } = input
    const value = secretIn(input)
    const username = kind === 'login' ? input.username : null
    const own = { id: newId(), name, kind, username, hint: hintOf(kind, value) }
    const times = { createdAt: now, updatedAt: now, lastUsedAt: null }
    saveCredential(tx, { ...own, ...times, secretId: vault.seal(tx, value) })
    return own.id
  }
  return {
    list: () => listCredentials(db).map(toCredential),
    get: (id) => toCredential(getCredential(db, id)),
    createIn,
    create(input) {
      const id = db.transaction((tx) => createIn(tx, input))
      return toCredential(getCredential(db, id))
    },
    update(id, input) {
      db.transaction((tx) => {
        const old = getCredential(tx, id)
        const value = newValue(old, input)
        const named = { name: input.name ?? old.name, username: newUsername(old, input) }
        const sealed =
          value === undefined
            ? {}
            : { secretId: vault.seal(tx, value), hint: hintOf(old.kind, value) }
        saveCredential(tx, { ...old, ...named, ...sealed, updatedAt: clock.now() })
        if (value !== undefined) vault.remove(tx, old.secretId)
      })
      return toCredential(getCredential(db, id))
    },
    remove(id) {
      return db.transaction((tx) => {
        const { secretId } = getCredential(tx, id)
        const used = listUses(tx, id)
        deleteCredential(tx, id)
        vault.remove(tx, secretId)
        return { status: 'deleted' as const, was_used_by: used }
      })
    },
    reveal(id) {
      const { kind, username, secretId } = getCredential(db, id)
      const value = vault.open(secretId)
      touchCredential(db, id, clock.now())
      if (kind === 'ssh-key') return { privateKey: value }
      return username === null ? value : { username, password: value }
    },
  }
}

const secretIn = (input: CreateCredential): string =>
  input.kind === 'ssh-key' ? input.private_key : input.token

/** What does not belong to its kind is refused, so that nobody believes it was stored. */
function newValue({ kind }: CredentialRow, input: UpdateCredential): string | undefined {
  const [own, other] =
    kind === 'ssh-key' ? [input.private_key, input.token] : [input.token, input.private_key]
  if (other !== undefined)
    throw new AppError(
      'request.invalid',
      'A credential keeps its kind. Store the new one under a name of its own.',
    )
  return own
}

function newUsername({ kind, username }: CredentialRow, input: UpdateCredential): string | null {
  if (input.username === undefined) return username
  if (kind === 'login') return input.username
  throw new AppError('request.invalid', 'Only a login has a user name.')
}

/** The end of a token that is long enough to keep the rest of it secret; of a key its fingerprint. */
function hintOf(kind: CredentialRow['kind'], value: string): string {
  if (kind === 'ssh-key') return describeKey(value)
  return value.length >= 20 ? `…${value.slice(-4)}` : ''
}
