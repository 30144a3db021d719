import { AppError } from '#contract/errors.ts'
import { createSecretFile, readSecretFile, replaceSecretFile } from './secret-file.ts'
import { newToken } from './token.ts'

/**
 * The token of whoever runs the server, in a file that only they can read. It is the one secret of its kind that is kept as it is: for
 * the link to sign in with, and for programs of the same user.
 */
export type OwnerToken = { token: string; isNew: boolean }

/** Made on first use. Throws `config.invalid` for a file that holds no token: it is never overwritten. */
export function readOrCreateOwnerToken(path: string): OwnerToken {
  const present = readOwnerToken(path)
  if (present) return { token: present, isNew: false }
  const isNew = createSecretFile(path, newToken())
  const token = readOwnerToken(path)
  if (!token) throw unusable(path)
  return { token, isNew }
}

/** Another one; the old one is worth nothing as soon as the server knows. */
export function replaceOwnerToken(path: string): string {
  const token = newToken()
  replaceSecretFile(path, token)
  return token
}

function readOwnerToken(path: string): string | undefined {
  let text: string | undefined
  try {
    text = readSecretFile(path)
  } catch (error) {
    throw unusable(path, error)
  }
  // Whoever wrote one of their own meant it; a short one would be guessed.
  if (text !== undefined && !/^[\w-]{32,512}$/.test(text)) throw unusable(path)
  return text
}

const unusable = (path: string, cause?: unknown): AppError =>
  new AppError(
    'config.invalid',
    `The token file ${path} cannot be used: it must hold at least 32 letters and digits. Delete it to get a new one.`,
    { cause },
  )
