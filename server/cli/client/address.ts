/** Which server a command talks to, and as whom. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { toMessage } from '#contract/errors.ts'
import { usage } from './failure.ts'

type Environment = Record<string, string | undefined>

export type Found = { url: string; token?: string }

export async function findServer(asked: {
  server?: string | undefined
  tokenFile?: string | undefined
  env: Environment
  cwd: string
}): Promise<Found> {
  const { env, cwd } = asked
  const named = asked.server ?? (env.KLAUDIO_SERVER || undefined)
  const found = named === undefined ? await findLocal(env, cwd) : { url: toBaseUrl(named) }
  const token = readToken(asked.tokenFile, { env, cwd })
  goDirectToLoopback(env)
  return { ...found, ...(token === undefined ? {} : { token }) }
}

/**
 * The server of this directory: where it said that it is, else where its settings put it. Whoever may read its owner's token is
 * its owner; the token is shown only to one who has proved that it is that server.
 */
async function findLocal(env: Environment, cwd: string): Promise<Found> {
  const [{ openSettings }, { findOwnerToken }, { findRunning }] = await Promise.all([
    import('#config/settings.ts'),
    import('#config/address-file.ts'),
    import('#cli/running.ts'),
  ])
  try {
    // Talking to a server needs no login to a model: a missing one is not in the way.
    const { config } = openSettings({ env, cwd, flags: { 'claude.auth_mode': 'host' } })
    const { host, port } = config.server
    goDirectToLoopback(env)
    const running = await findRunning(config.storage.data_dir)
    // Nobody has proved anything: another program, or another directory's server, may have the port.
    if (!running || !('url' in running)) return { url: toUrl(host, port || 8080) }
    const token = findOwnerToken(config.storage.data_dir)
    return { url: running.url, ...(token === undefined ? {} : { token }) }
  } catch (error) {
    throw usage(
      `The settings that would say where the server is cannot be used; name it with --server. ${toMessage(error)}`,
    )
  }
}

/** A server on all addresses is reached on the machine's own. */
function toUrl(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '') return `http://127.0.0.1:${port}`
  if (host === '::') return `http://[::1]:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** `host:port` is enough. What is a secret in an address would be seen by every user of the machine. */
export function toBaseUrl(text: string): string {
  const full = /^https?:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (!url) throw usage(`"${text}" is not the address of a server, such as http://127.0.0.1:8080.`)
  if (url.username || url.password)
    throw usage(
      'Do not write a secret into the address; use --token-file or KLAUDIO_TOKEN instead.',
    )
  if (url.search || url.hash)
    throw usage(`"${text}" is more than the address of a server; leave out what follows the "?".`)
  return url.origin + url.pathname.replace(/\/+$/, '')
}

function readToken(
  file: string | undefined,
  { env, cwd }: { env: Environment; cwd: string },
): string | undefined {
  if (file === undefined) return env.KLAUDIO_TOKEN?.trim() || undefined
  return readSecret(file, cwd, 'token')
}

/** The one line of a file. */
export function readSecret(file: string, cwd: string, what: string): string {
  let text: string
  try {
    text = readFileSync(resolve(cwd, file), 'utf8').trim()
  } catch (error) {
    throw usage(`The ${what} file cannot be read: ${toMessage(error)}`)
  }
  if (text === '' || /\s/.test(text)) throw usage(`${file} must hold the ${what} and nothing else.`)
  return text
}

/** A company's proxy knows nothing of this machine's own addresses; the runtime would ask it for them, too. */
function goDirectToLoopback(env: Environment): void {
  if (!env.HTTP_PROXY && !env.http_proxy) return
  const known = env.NO_PROXY ?? env.no_proxy
  const all = [...(known ? [known] : []), 'localhost', '127.0.0.1', '[::1]', '::1'].join(',')
  env.NO_PROXY = all
  env.no_proxy = all
}
