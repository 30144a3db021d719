export type Credential = {
  kind: 'api-key' | 'oauth'
  /** Why the API would not take it. */
  refusal?: string
}

/** Anything is accepted, except nothing and what calls itself `invalid` or `expired`. */
export function readCredential(headers: Headers): Credential {
  const key = headers.get('x-api-key')
  if (key) return { kind: 'api-key', ...(isBad(key) && { refusal: 'invalid x-api-key' }) }
  const token = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (!token) return { kind: 'api-key', refusal: 'x-api-key header is required' }
  return { kind: 'oauth', ...(isBad(token) && { refusal: 'OAuth token has expired.' }) }
}

const isBad = (secret: string) => /invalid|expired/i.test(secret)
