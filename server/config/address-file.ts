/**
 * Where the server of a data directory answers, for commands on the same machine. Gone when it ended well; stale after a crash, so beside the
 * address stands a key of this run: who answers there with a proof of it is this server, and no other that has the port by now.
 */
import { createHmac } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type RunningAddress = { url: string; key: string }

const fileOf = (dataDir: string): string => join(dataDir, 'address')

export function writeAddress(dataDir: string, { url, key }: RunningAddress): void {
  const file = fileOf(dataDir)
  writeFileSync(`${file}.new`, `${url}\n${key}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function removeAddress(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true })
}

/** Undefined when no server of this directory has said where it is. What it said may be stale. */
export function findAddress(dataDir: string): RunningAddress | undefined {
  const [url = '', key = ''] = readText(fileOf(dataDir))?.split('\n') ?? []
  return url === '' ? undefined : { url, key }
}

/** What `GET /health?challenge=` answers: that it knows the key, without saying it. */
export const prove = (key: string, challenge: string): string =>
  createHmac('sha256', key).update(challenge).digest('hex')

/** The token that signs the owner in; undefined when there is none, or it is not ours to read. */
export const findOwnerToken = (dataDir: string): string | undefined =>
  readText(ownerTokenFile(dataDir))

export const ownerTokenFile = (dataDir: string): string => join(dataDir, 'access-token')

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
