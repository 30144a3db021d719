import { AppError } from '#contract/errors.ts'

/** Where an engine listens: options for dockerode, and the name people know it by. */
export type Endpoint = {
  label: string
  options: {
    socketPath?: string
    /** Empty keeps dockerode from reading another endpoint out of the environment. */
    host?: string
    port?: string
    protocol?: 'http' | 'https'
  }
}

const secure = '2376'

/**
 * Understands `unix://`, `npipe://`, `tcp://`, `http://`, `https://`, `host:port` and a bare socket path. An empty
 * string leaves the choice to dockerode: DOCKER_HOST, else the platform's socket. Certificates for TLS are dockerode's
 * own business (DOCKER_CERT_PATH). Throws `config.invalid` for anything else.
 */
export function parseEndpoint(host: string): Endpoint {
  if (host === '') return { label: 'the default Docker socket', options: {} }
  if (host.startsWith('/')) return socket(host, `unix://${host}`)
  if (host.startsWith('unix://')) return socket(host.slice('unix://'.length), host)
  if (host.startsWith('npipe://')) return socket(host.slice('npipe://'.length), host)
  return remote(host)
}

function socket(path: string, label: string): Endpoint {
  if (path === '') throw invalid(label)
  return { label, options: { socketPath: path, host: '' } }
}

function remote(host: string): Endpoint {
  const url = URL.parse(host.includes('://') ? host : `tcp://${host}`)
  if (url?.protocol === 'ssh:') {
    throw new AppError(
      'config.invalid',
      `docker.host is ${host}, but an engine behind ssh is reached by forwarding its socket: run "ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ${url.username ? `${url.username}@` : ''}${url.host}" and set docker.host to unix:///tmp/docker.sock`,
    )
  }
  if (!url || !['tcp:', 'http:', 'https:'].includes(url.protocol) || url.hostname === '')
    throw invalid(host)
  const tls = url.protocol === 'https:' || url.port === secure
  return {
    label: host,
    options: {
      host: url.hostname,
      port: url.port || (tls ? secure : '2375'),
      ...(tls ? { protocol: 'https' } : url.protocol === 'http:' ? { protocol: 'http' } : {}),
    },
  }
}

function invalid(host: string): AppError {
  return new AppError(
    'config.invalid',
    `docker.host is "${host}", which is no Docker endpoint: use unix:///path/to/docker.sock, tcp://host:port or https://host:port`,
  )
}

/** Where an engine of this machine, and not of a virtual one on it, keeps what it has. */
export function localRootDir(
  { rootDir, isDesktop }: { rootDir?: string; isDesktop: boolean },
  host: string,
): string | undefined {
  const isLocal = host === '' || host.startsWith('/') || host.startsWith('unix://')
  return isLocal && !isDesktop ? rootDir : undefined
}
