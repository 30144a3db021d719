import * as v from 'valibot'

/** What a program shows as `Authorization: Bearer <token>`. Its value is in one answer only: that of its creation. */
export const AccessToken = v.object({
  id: v.string(),
  name: v.string(),
  /** `owner` is the token of the file in the data directory. */
  kind: v.picklist(['owner', 'program']),
  created_at: v.string(),
  last_used_at: v.optional(v.string()),
})
export type AccessToken = v.InferOutput<typeof AccessToken>

export const CreatedToken = v.object({ ...AccessToken.entries, token: v.string() })
export type CreatedToken = v.InferOutput<typeof CreatedToken>

export const CreateToken = v.object({
  /** What it is for, such as "CI". */
  name: v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty('Give the token a name that says what it is for.'),
    v.maxLength(100),
  ),
})
export type CreateToken = v.InferOutput<typeof CreateToken>

/** A browser that is signed in. */
export const Session = v.object({
  id: v.string(),
  /** Whether it is the one that asks. */
  current: v.boolean(),
  user_agent: v.string(),
  address: v.string(),
  /** Name of the token it was opened with. */
  token_name: v.string(),
  created_at: v.string(),
  last_used_at: v.string(),
  expires_at: v.string(),
})
export type Session = v.InferOutput<typeof Session>

export const Login = v.object({ token: v.pipe(v.string(), v.trim(), v.maxLength(512)) })

/** Who the server takes the asker for, without saying more to one it does not know. */
export const AccessState = v.object({
  /** Whether a token is needed at all. */
  required: v.boolean(),
  signed_in: v.boolean(),
})
export type AccessState = v.InferOutput<typeof AccessState>

/** Close code of a socket whose token or session has ended. */
export const signedOutCode = 4401
