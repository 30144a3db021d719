/** Where the server of a data directory answers, for commands on the same machine. Gone when it ended well; stale after a crash. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileOf = (dataDir: string): string => join(dataDir, 'address')

export function writeAddress(dataDir: string, url: string): void {
  const file = fileOf(dataDir)
  writeFileSync(`${file}.new`, `${url}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeAddress(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true })
}

/** Undefined when no server of this directory has said where it is. */
export const findAddress = (dataDir: string): string | undefined => readLine(fileOf(dataDir))

/** The token that signs the owner in; undefined when there is none, or it is not ours to read. */
export const findOwnerToken = (dataDir: string): string | undefined =>
  readLine(ownerTokenFile(dataDir))

export const ownerTokenFile = (dataDir: string): string => join(dataDir, 'access-token')

function readLine(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
