/**
 * Who may talk to the server, decided from what a browser cannot lie about. A web page elsewhere reaches a local server in
 * two ways: under its own name, made to resolve to our address (the Host header gives it away), or straight, as a request
 * from another origin (Origin and Sec-Fetch-Site give it away). Programs that are no browser send neither of the two.
 */
export type Verdict = { ok: true } | { ok: false; reason: string }

export type OriginRules = {
  /** Address the server listens on, as configured. */
  bindHost: string
  /** Port it really listens on. */
  port: () => number
  /** Further names, each `name`, `name:port` or a whole origin. */
  allowedHosts: readonly string[]
}

type Asked = {
  method: string
  path: string
  headers: Pick<Headers, 'get'>
}

/** Whether only programs of this machine can reach an address, as it is configured. */
export const isLoopbackHost = (host: string): boolean => isLoopback(normalizeHost(host))

/** Whether an address as it is configured means all of the machine's. */
export function isEverywhere(host: string): boolean {
  const name = normalizeHost(host)
  return name === '' || isUnspecified(name)
}

/** The check of every request and every socket upgrade. Works on headers alone. */
export function createOriginGuard(rules: OriginRules): (request: Request) => Verdict {
  return ({ method, url, headers }) =>
    judgeRequest(rules, { method, path: new URL(url).pathname, headers })
}

export function judgeRequest(rules: OriginRules, { method, path, headers }: Asked): Verdict {
  const host = parseAuthority(headers.get('host') ?? '')
  if (!host) return refuse('The request does not say which host it is for.')
  if (!isOwnHost(rules, host))
    return refuse(
      `This server does not answer as "${host.name}". Add the name to server.allowed_hosts if it should.`,
    )
  const origin = headers.get('origin')
  if (origin !== null) return judgeOrigin(rules, { origin, host, headers })
  const site = headers.get('sec-fetch-site')
  if (site === null || site === 'none' || site === 'same-origin') return { ok: true }
  if (isNavigation(method, path, headers)) return { ok: true }
  return refuse('The request comes from a page of another site.')
}

function judgeOrigin(
  rules: OriginRules,
  { origin, host, headers }: { origin: string; host: Authority; headers: Pick<Headers, 'get'> },
): Verdict {
  const parsed = parseOrigin(origin)
  if (!parsed) return refuse('The request comes from a page without an origin of its own.')
  if (isConfiguredOrigin(rules, parsed, host)) return { ok: true }
  const isSame = parsed.name === host.name && parsed.port === (host.port ?? parsed.defaultPort)
  if (isSame && headers.get('sec-fetch-site') !== 'cross-site') return { ok: true }
  return refuse(`Pages of ${parsed.text} may not use this server.`)
}

type Authority = { name: string; port: number | undefined }
type Origin = { text: string; name: string; port: number; defaultPort: number }

/** Following a link to a page of ours is harmless: the page it came from cannot read it. Data is never opened so. */
function isNavigation(method: string, path: string, headers: Pick<Headers, 'get'>): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document' &&
    !/^\/(api|ws|health)(\/|$)/i.test(path)
  )
}

/**
 * Loopback by name or number always, on any port: the port may be forwarded. An address given as digits cannot have been
 * redirected by a name server, so a server on all addresses answers to any.
 */
function isOwnHost(rules: OriginRules, host: Authority): boolean {
  if (isLoopback(host.name)) return true
  const bind = normalizeHost(rules.bindHost)
  const onAll = isEverywhere(rules.bindHost)
  if (onAll && isAddress(host.name) && !isUnspecified(host.name)) return true
  if (!onAll && host.name === bind) return true
  return rules.allowedHosts.some((entry) => {
    const allowed = parseEntry(entry)
    return (
      allowed?.name === host.name &&
      (allowed.port === undefined || host.port === undefined || allowed.port === host.port)
    )
  })
}

/**
 * A configured name may be the origin even when a proxy rewrote Host. Without a port it stands for the ports such
 * a page really has: the usual ones, the one in Host, and our own.
 */
function isConfiguredOrigin(rules: OriginRules, origin: Origin, host: Authority): boolean {
  const usual = [80, 443, host.port, rules.port()]
  return rules.allowedHosts.some((entry) => {
    const allowed = parseEntry(entry)
    if (!allowed || allowed.name !== origin.name) return false
    return allowed.port === undefined ? usual.includes(origin.port) : allowed.port === origin.port
  })
}

function parseEntry(entry: string): Authority | undefined {
  const origin = parseOrigin(entry.trim().replace(/\/$/, ''))
  return origin ? { name: origin.name, port: origin.port } : parseAuthority(entry.trim())
}

const defaultPorts: Record<string, number> = { 'http:': 80, 'https:': 443 }

function parseOrigin(text: string): Origin | undefined {
  const [, scheme = '', rest = ''] = /^(https?:)\/\/([^/?#@\\\s]+)$/i.exec(text) ?? []
  const defaultPort = defaultPorts[scheme.toLowerCase()]
  const authority = parseAuthority(rest)
  if (defaultPort === undefined || !authority) return undefined
  return { text, name: authority.name, port: authority.port ?? defaultPort, defaultPort }
}

function parseAuthority(text: string): Authority | undefined {
  const [, name = '', digits] =
    /^(\[[0-9a-f:.]+\]|[^[\]:/?#@\\\s,%]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  const normalized = normalizeHost(name)
  if (!normalized) return undefined
  const port = digits === undefined ? undefined : Number(digits)
  return port !== undefined && (port === 0 || port > 65_535)
    ? undefined
    : { name: normalized, port }
}

/** Lower case, without the root dot, addresses in their one short form. Empty when it is no host name. */
function normalizeHost(name: string): string {
  const bare = name.toLowerCase().replace(/\.$/, '')
  const bracketed = bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare
  const url = `http://${bracketed}/`
  return bracketed && URL.canParse(url) ? new URL(url).hostname : ''
}

const isLoopback = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)

const isAddress = (name: string): boolean =>
  name.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)

const isUnspecified = (name: string): boolean => name === '0.0.0.0' || name === '[::]'

const refuse = (reason: string): Verdict => ({ ok: false, reason })
