/** Which server folder may import which. Read it top to bottom: a folder sees only what is above it. */
export const layers: Record<string, string[]> = {
  lib: [],
  contract: [],
  config: ['lib', 'contract'],
  db: ['lib', 'contract'],
  docker: ['lib', 'contract'],
  git: ['lib', 'contract'],
  auth: ['lib', 'contract', 'db'],
  streams: ['lib', 'contract', 'db'],
  // What agents spend, and how much of the account's windows is used.
  usage: ['lib', 'contract', 'db'],
  // The scripted Messages API and its scenarios: knows nothing of the rest, used by the demo and the tests.
  model: ['lib', 'contract'],
  // Bare repositories, bundles and integration: the only user of git besides forges.
  workspaces: ['lib', 'contract', 'git'],
  // The programs that host repositories: pull requests, over HTTP.
  forges: ['lib', 'contract'],
  // What agents log in to the model with, and whether the API takes it.
  'claude-login': ['lib', 'contract'],
  // Agent image, CLI download, build progress.
  images: ['lib', 'contract', 'docker'],
  // Images that repositories describe themselves, made fit for agents.
  'project-image': ['lib', 'contract', 'docker', 'images', 'workspaces'],
  files: ['lib', 'contract', 'db', 'git', 'streams', 'workspaces'],
  // The finished work's way to its repository and its forge.
  delivery: ['lib', 'contract', 'git', 'workspaces', 'forges'],
  agents: ['lib', 'contract', 'db', 'docker', 'streams', 'claude-login', 'images'],
  // What repositories need before agents start: their own image, and setup commands, made once and kept.
  setups: ['lib', 'contract', 'db', 'docker', 'workspaces', 'project-image', 'agents'],
  // Moments of a task: taking, keeping, looking into and restoring them.
  checkpoints: ['lib', 'contract', 'db', 'streams', 'workspaces', 'files', 'agents'],
  // What opens repositories, by name.
  credentials: ['lib', 'contract', 'db', 'git', 'auth'],
  // What is told to an address outside, and the sending of it.
  webhooks: ['lib', 'contract', 'db', 'auth'],
  // What is known of repositories, by commit: read from their files, nothing of them run.
  'repo-memory': ['lib', 'contract', 'db', 'git', 'workspaces'],
  // Teams and repositories to choose from.
  templates: ['lib', 'contract', 'db', 'auth', 'workspaces', 'credentials', 'repo-memory'],
  tasks: [
    'lib',
    'contract',
    'db',
    'auth',
    'streams',
    'workspaces',
    'files',
    'agents',
    'setups',
    'checkpoints',
    'git',
    'credentials',
    'delivery',
    'repo-memory',
  ],
  // Room on the disks, what is kept how long, backups.
  storage: [
    'lib',
    'contract',
    'config',
    'db',
    'docker',
    'streams',
    'workspaces',
    'files',
    'images',
  ],
  // The installation as a whole: engine, image, slots, credentials.
  system: ['lib', 'contract', 'docker'],
  // What is missing on this machine, and how to get it.
  doctor: ['lib', 'contract', 'config', 'docker', 'claude-login', 'images'],
  http: [
    'lib',
    'contract',
    'auth',
    'streams',
    'files',
    'workspaces',
    'agents',
    'setups',
    'checkpoints',
    'credentials',
    'templates',
    'tasks',
    'system',
    'doctor',
    'usage',
    'webhooks',
  ],
  cli: ['lib', 'contract', 'config', 'docker', 'images', 'doctor', 'model'],
}

/** Files directly in `server/`: the composition root and the entry point. */
export const roots = [
  'parts.ts',
  'secrets.ts',
  'access.ts',
  'resources.ts',
  'services.ts',
  'storage.ts',
  'backup.ts',
  'front.ts',
  'app.ts',
  'serve.ts',
  'demo.ts',
  'main.ts',
]

/** Packages that only one folder may touch. */
export const owners: Record<string, string[]> = {
  'drizzle-orm': ['db'],
  'bun:sqlite': ['db'],
  dockerode: ['docker'],
  'tar-stream': ['docker'],
  'simple-git': ['git'],
  hono: ['http'],
  '@fastify/busboy': ['http'],
  yaml: ['config', 'templates'],
}

const importPattern = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g

/** Every way `source`, living at `server/<path>`, breaks the rules. */
export function violations(path: string, source: string): string[] {
  const [folder = '', ...rest] = path.split('/')
  if (rest.length === 0) return rootViolations(path, source)
  return [...source.matchAll(importPattern)]
    .map(([, specifier = '']) => violation(folder, specifier))
    .filter((found) => found !== undefined)
}

function violation(folder: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return layerViolation(folder, specifier)
  if (specifier.includes('../')) {
    // Migrations are data at the top level, read by the one folder that applies them.
    if (folder === 'db' && specifier.startsWith('../../drizzle/')) return undefined
    return `use #folder/file.ts instead of ${specifier}`
  }
  const owner = Object.entries(owners).find(
    ([name]) => specifier === name || specifier.startsWith(`${name}/`),
  )
  if (owner && !owner[1].includes(folder))
    return `only ${owner[1].join(', ')} may import ${specifier}`
  return undefined
}

function layerViolation(folder: string, specifier: string): string | undefined {
  const [target = '', ...inner] = specifier.slice(1).split('/')
  if (target === folder) return undefined
  if (!layers[folder]?.includes(target)) return `${folder} may not import ${target} (${specifier})`
  if (inner.includes('internal')) return `${specifier} is internal to ${target}`
  return undefined
}

function rootViolations(path: string, source: string): string[] {
  const found = roots.includes(path) ? [] : [`server/${path} belongs in a folder`]
  const embeds = /['"](?:\.\.\/|#)[^'"]*embed[^'"]*['"]/.test(source)
  if (embeds && path !== 'main.ts') found.push('only main.ts may import embed.ts')
  return found
}

/** Which folder of `ui/src` may import which. A feature never imports another. */
const uiLayers: Record<string, string[]> = {
  lib: [],
  data: ['lib'],
  components: ['lib'],
  terminal: ['lib'],
  features: ['data', 'components', 'terminal', 'lib'],
  pages: ['features', 'components', 'data', 'lib'],
}

/** Every way `source`, living at `ui/src/<path>`, breaks the rules of the browser code. */
export function uiViolations(path: string, source: string): string[] {
  const found = /\bBun\./.test(source) ? ['there is no Bun in a browser'] : []
  for (const [, specifier = ''] of source.matchAll(importPattern)) {
    const reason = specifier.startsWith('#')
      ? uiServerImport(path, specifier)
      : specifier.startsWith('.')
        ? uiLayerViolation(path, specifier)
        : undefined
    if (reason) found.push(reason)
  }
  return found
}

function uiServerImport(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('#contract/')) return undefined
  if (path === 'data/api.ts' && specifier === '#http/api.ts') return undefined
  return `the browser may import #contract only, not ${specifier}`
}

function uiLayerViolation(path: string, specifier: string): string | undefined {
  const from = path.split('/')
  if (from.length === 1) return undefined
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1).split('/')
  const [folder = '', feature = ''] = from
  const [toFolder = '', toFeature = ''] = target
  if (folder === toFolder) {
    const other = folder === 'features' && feature !== toFeature
    return other ? `features never import each other (${specifier})` : undefined
  }
  return uiLayers[folder]?.includes(toFolder)
    ? undefined
    : `${folder} may not import ${toFolder} (${specifier})`
}
