/** Which methods a path answers, read from the mounted routes: the difference between "no such thing" and "not like this". */
export function createAllowedMethods(
  routes: readonly { method: string; path: string }[],
): (path: string) => string[] {
  const table = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  for (const { method, path } of routes) {
    // ALL is what middleware is registered under.
    if (method === 'ALL') continue
    const entry = table.get(path) ?? { pattern: toPattern(path), methods: new Set() }
    entry.methods.add(method)
    if (method === 'GET') entry.methods.add('HEAD')
    table.set(path, entry)
  }
  return (path) => {
    const methods = [...table.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((entry) => [...entry.methods])
    return [...new Set(methods)].sort()
  }
}

/** `/a/:id/:rest{.+}` as a regular expression. */
function toPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    const inner = /^:\w+\{(.+)\}$/.exec(part)?.[1]
    if (inner) return `(?:${inner})`
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
