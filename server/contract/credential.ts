/** What opens repositories. A value goes in and is never shown again: what can be read says only what it is and where it is used. */
import * as v from 'valibot'

/** `token`: an access token of a forge; `login`: a user name with a token or password; `ssh-key`: a private key. */
export const credentialKinds = ['token', 'login', 'ssh-key'] as const
export const CredentialKind = v.picklist(credentialKinds)
export type CredentialKind = v.InferOutput<typeof CredentialKind>

const name = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('Give the credential a name that says what it is for.'),
  v.maxLength(100),
)
const secret = v.pipe(v.string(), v.trim(), v.nonEmpty('must not be empty.'), v.maxLength(32_000))
const line = v.pipe(secret, v.regex(/^[^\s]+$/, 'must be one word, without spaces or line breaks.'))
const username = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[^\s:]{1,200}$/, 'A user name has no spaces and no colon.'),
)
const key = v.pipe(
  secret,
  v.regex(
    /^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+-----END [A-Z ]*PRIVATE KEY-----$/,
    'Paste the whole private key, from "-----BEGIN" to "-----END ... PRIVATE KEY-----".',
  ),
)

/** A key with a passphrase is refused: nobody is there to type it. */
export const CreateCredential = v.variant('kind', [
  v.object({ kind: v.literal('token'), name, token: line }),
  v.object({ kind: v.literal('login'), name, username, token: line }),
  v.object({ kind: v.literal('ssh-key'), name, private_key: key }),
])
export type CreateCredential = v.InferOutput<typeof CreateCredential>

/** A value that is absent stays; its kind stays always. */
export const UpdateCredential = v.object({
  name: v.optional(name),
  username: v.optional(username),
  token: v.optional(line),
  private_key: v.optional(key),
})
export type UpdateCredential = v.InferOutput<typeof UpdateCredential>

/** Where a credential is used, by name. */
export const CredentialUse = v.object({
  kind: v.picklist(['repo-template', 'task']),
  id: v.string(),
  name: v.string(),
})
export type CredentialUse = v.InferOutput<typeof CredentialUse>

export const Credential = v.object({
  id: v.string(),
  name: v.string(),
  kind: CredentialKind,
  username: v.optional(v.string()),
  /** What tells it from others, such as the last four characters of a long token. */
  hint: v.string(),
  /** Tasks that have ended do not count. */
  used_by: v.array(CredentialUse),
  created_at: v.string(),
  updated_at: v.string(),
  last_used_at: v.optional(v.string()),
})
export type Credential = v.InferOutput<typeof Credential>

export const CredentialList = v.object({ credentials: v.array(Credential) })

export const CredentialDeleted = v.object({
  status: v.literal('deleted'),
  /** What used it and now uses none. */
  was_used_by: v.array(CredentialUse),
})
export type CredentialDeleted = v.InferOutput<typeof CredentialDeleted>
