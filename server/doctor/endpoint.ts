/** An engine at such an endpoint can be started by this machine. */
export function isLocalEndpoint(endpoint: string): boolean {
  return endpoint === '' || /^(unix|npipe):\/\//.test(endpoint) || endpoint.startsWith('/')
}

/** Where a freshly installed system-wide engine listens. */
export function isSystemEndpoint(endpoint: string): boolean {
  return ['', 'unix:///var/run/docker.sock', 'unix:///run/docker.sock'].includes(endpoint)
}
