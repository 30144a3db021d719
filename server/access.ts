/** Who may use this installation, from its configuration and its data directory: for the server, and for `klaudio token`. */
import { mkdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import { type Access, createAccess } from '#auth/access.ts'
import { isEverywhere, isLoopbackHost } from '#auth/origin.ts'
import { type OwnerToken, readOrCreateOwnerToken, replaceOwnerToken } from '#auth/owner-token.ts'
import { ownerTokenFile } from '#config/address-file.ts'
import type { Config } from '#config/config.ts'
import { refuseLostDatabase } from '#db/data-directory.ts'
import { type Db, openDb } from '#db/open.ts'
import { systemClock as clock } from '#lib/clock.ts'

/** Loopback needs nothing unless told otherwise; any other address always asks. */
export const needsToken = ({ server }: Config): boolean =>
  server.require_token || !isLoopbackHost(server.host)

export function createAppAccess(config: Config, db: Db): Access {
  return createAccess({
    db,
    required: needsToken(config),
    sessionLifetimeMs: config.server.session_lifetime,
    now: clock.now,
  })
}

/** The owner's token, made when there is none yet; the rows are brought to what the file says. */
export function openOwnerToken(config: Config, access: Access): OwnerToken {
  const owner = readOrCreateOwnerToken(ownerFile(config))
  access.setOwner(owner.token)
  return owner
}

/** What `klaudio token` works on: the database itself, beside a running server or without one. */
export function openTokenDesk(config: Config) {
  refuseLostDatabase(config.database.path, config.storage.data_dir)
  mkdirSync(dirname(config.database.path), { recursive: true, mode: 0o700 })
  const { db, close } = openDb(config.database.path, { mayUpgrade: false })
  const access = createAppAccess(config, db)
  return {
    ...access,
    owner: () => openOwnerToken(config, access).token,
    replaceOwner() {
      const token = replaceOwnerToken(ownerFile(config))
      access.setOwner(token)
      return token
    },
    close,
  }
}

const ownerFile = ({ storage }: Config): string => ownerTokenFile(storage.data_dir)

/** Where a server is that listens on `host`: an address that can be typed when it listens on all of the machine's. */
export function toUrl(host: string, port: number): string {
  const name = isEverywhere(host) ? findOwnAddress() : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function findOwnAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const own = addresses.find(({ internal, family }) => !internal && family === 'IPv4')
  return own?.address ?? '127.0.0.1'
}
