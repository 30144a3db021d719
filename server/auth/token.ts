import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Easy to recognise for people and for programs that look for leaked secrets. */
const prefix = 'klaudio_'

/** 32 random bytes as a text that can be copied with one click. */
export const newToken = (): string => `${prefix}${newSecret()}`

/** 32 random bytes, base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What is kept of a secret. It is as long as its hash, so there is nothing to guess and no need to hash slowly. */
export const hashSecret = (secret: string): string =>
  createHash('sha256').update(secret, 'utf8').digest('hex')

/** Compares hashes in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The token of `Authorization: Bearer <token>`; empty when the header says something else. */
export function readBearer(header: string | null): string | undefined {
  if (header === null) return undefined
  return /^Bearer +([^\s]{1,512}) *$/i.exec(header)?.[1] ?? ''
}
