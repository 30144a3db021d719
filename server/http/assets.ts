/**
 * The UI, served from memory. Files come with their compressed forms beside them (`name.br`, `name.gz`); a path with a
 * content hash in its name never changes, everything else is revalidated by its ETag.
 */
export type EmbeddedFile = { path: string; bytes: Uint8Array }

export type Assets = {
  /** Answers GET and HEAD; undefined when there is no such file and the request does not ask for a page. */
  respond(request: Request): Response | undefined
}

type Encoding = 'br' | 'gzip' | 'identity'
type Asset = {
  type: string
  immutable: boolean
  etag: string
  bodies: Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>
}

const suffixes = { '.br': 'br', '.gz': 'gzip' } as const
const entry = 'index.html'

/** `files` by path relative to the UI's root, such as `assets/index-D4f9aK2x.js`; empty when no UI was built in. */
export function createAssets(files: readonly EmbeddedFile[]): Assets {
  const assets = collect(files)
  return {
    respond(request) {
      const path = toPath(new URL(request.url).pathname)
      const asset = path === undefined ? undefined : assets.get(path || entry)
      if (asset) return send(request, asset)
      if (!isNavigation(request)) return undefined
      const page = assets.get(entry)
      return page ? send(request, page) : placeholder()
    },
  }
}

function collect(files: readonly EmbeddedFile[]): Map<string, Asset> {
  const byPath = new Map(files.map((file) => [file.path, Uint8Array.from(file.bytes)]))
  const assets = new Map<string, Asset>()
  for (const [path, bytes] of byPath) {
    if (isCompressedForm(path, byPath)) continue
    const bodies: Asset['bodies'] = { identity: bytes }
    for (const [suffix, encoding] of Object.entries(suffixes)) {
      const compressed = byPath.get(path + suffix)
      if (compressed) bodies[encoding] = compressed
    }
    assets.set(path, {
      type: typeOf(path),
      // Vite's form: eight characters of hash before the extension.
      immutable: /^assets\/.*-[\w-]{8}\.\w+$/.test(path),
      etag: new Bun.CryptoHasher('sha256').update(bytes).digest('base64url').slice(0, 27),
      bodies,
    })
  }
  return assets
}

function isCompressedForm(path: string, all: ReadonlyMap<string, unknown>): boolean {
  return Object.keys(suffixes).some(
    (suffix) => path.endsWith(suffix) && all.has(path.slice(0, -suffix.length)),
  )
}

function send(request: Request, asset: Asset): Response {
  const encoding = chooseEncoding(request.headers.get('accept-encoding') ?? '', asset)
  const body = asset.bodies[encoding]
  const etag = `"${asset.etag}-${encoding}"`
  const headers = new Headers({
    'Content-Type': asset.type,
    'Cache-Control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: etag,
    Vary: 'Accept-Encoding',
  })
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers })
  if (encoding !== 'identity') headers.set('Content-Encoding', encoding)
  headers.set('Content-Length', String(body?.byteLength ?? 0))
  return new Response(request.method === 'HEAD' ? null : (body ?? null), { headers })
}

/** The best form that both sides have; an encoding with `q=0` is refused by the client. */
function chooseEncoding(accepted: string, asset: Asset): Encoding {
  const wanted = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
      .map((part) => part.split(';')[0]?.trim()),
  )
  if (asset.bodies.br && wanted.has('br')) return 'br'
  if (asset.bodies.gzip && wanted.has('gzip')) return 'gzip'
  return 'identity'
}

function isKnown(header: string | null, etag: string): boolean {
  if (!header) return false
  return header.split(',').some((each) => {
    const tag = each.trim().replace(/^W\//, '')
    return tag === '*' || tag === etag
  })
}

/** A browser that goes to an address of the UI, which its own router understands. */
function isNavigation(request: Request): boolean {
  const { pathname } = new URL(request.url)
  const last = pathname.split('/').at(-1) ?? ''
  // An address below a task may end with the name of one of its files.
  const isPage = !last.includes('.') || last.endsWith('.html') || pathname.startsWith('/tasks/')
  return isPage && (request.headers.get('accept') ?? '').includes('text/html')
}

function toPath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname).slice(1)
  } catch {
    return undefined
  }
}

function placeholder(): Response {
  return new Response(
    '<!doctype html><meta charset="utf-8"><title>Klaudio</title><p>The server runs. This build carries no UI; the API is at <code>/api</code>.\n',
    { headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' } },
  )
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  webp: 'image/webp',
  woff2: 'font/woff2',
  woff: 'font/woff',
  txt: 'text/plain; charset=utf-8',
}

function typeOf(path: string): string {
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}
