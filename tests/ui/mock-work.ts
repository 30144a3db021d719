/** Files and changes of the mock: each file is its whole diff, one line with its sign, and everything else follows from it. */
import type { FileChange, FileList, LiveChanges, Work } from '#contract/file.ts'

type MockFile = { status: 'A' | 'M' | 'D' | 'R'; from?: string; binary?: true; body: string }

const store = ` import type { Redis } from 'ioredis'
 import type { Limit, Store, Verdict } from './policy.ts'
-import { LUA } from './script.ts'
+import { SLIDING_WINDOW } from './window.ts'
 
 /** Counts requests in Redis, so that every instance of the API sees the same window. */
 export class RedisStore implements Store {
   constructor(private redis: Redis) {
-    this.sha = redis.script('LOAD', LUA)
+    redis.defineCommand('slidingWindow', {
+      numberOfKeys: 1,
+      lua: SLIDING_WINDOW,
+    })
   }
 
   async check(key: string, limit: Limit, now = Date.now()): Promise<Verdict> {
-    const used = await this.redis.evalsha(this.sha, 1, key, limit.count, limit.windowMs, now)
+    const used = await this.redis.slidingWindow(key, limit.count, limit.windowMs, now)
     return { allowed: used <= limit.count, used, resetsAt: now + limit.windowMs }
   }
 
${Array.from({ length: 24 }, (_, line) => `   // Part ${line + 1} of what stays as it was.`).join('\n')}
 
   async reset(key: string): Promise<void> {
-    await this.redis.del(key)
+    await this.redis.unlink(key)
   }
 }`
const window = `+local now = tonumber(ARGV[3])
+local window = tonumber(ARGV[2])
+redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window)
+redis.call('ZADD', KEYS[1], now, now .. '-' .. redis.call('INCR', KEYS[1] .. ':seq'))
+redis.call('PEXPIRE', KEYS[1], window)
+return redis.call('ZCARD', KEYS[1])`
const readme = ` # Public API
 
 Every key may ask **120 times a minute**; see [the policy](https://example.com/limits).
 
 | Plan | Requests | Window |
 |:-----|---------:|:------:|
 | Free | 120 | 1 min |
+| Team | 1,200 | 1 min |
 `

const all: Record<string, MockFile> = {
  'src/limits/store.ts': { status: 'M', body: store },
  'src/limits/window.lua': { status: 'A', body: window },
  'docs/limits.md': { status: 'R', from: 'docs/throttling.md', body: readme },
  'src/limits/script.ts': { status: 'D', body: "-export const LUA = 'return 1'" },
  'assets/limits.png': { status: 'A', binary: true, body: '' },
  'pnpm-lock.yaml': {
    status: 'M',
    body: Array.from(
      { length: 900 },
      (_, at) => `${at % 3 ? '+' : '-'}  pkg-${at}: 1.0.${at}`,
    ).join('\n'),
  },
}
/** What one agent handed in, of all that. */
const byAgent: Record<string, string[]> = {
  'agent-redis-store': Object.keys(all),
  'agent-limit-policy': ['docs/limits.md'],
  'agent-store-interface': ['src/limits/store.ts'],
}
const plain: Record<string, string> = {
  'package.json':
    '{\n  "name": "api",\n  "type": "module",\n  "scripts": { "test": "vitest" }\n}\n',
  'src/app.ts': "import { limits } from './limits/middleware.ts'\n\nexport const app = limits()\n",
  'test/limits/store.test.ts': "import { test } from 'vitest'\n\ntest.todo('counts')\n",
}
const spec = '# What is wanted\n\n1. Limits by key.\n2. Limits by address.\n'

const lines = (body: string): string[] => (body === '' ? [] : body.split('\n'))
const count = (body: string, sign: string): number =>
  lines(body).filter((line) => line.startsWith(sign)).length
const content = (path: string): string | undefined => {
  const file = all[path]
  if (!file) return plain[path] ?? (path === 'spec.md' ? spec : undefined)
  const kept = lines(file.body).filter((line) => !line.startsWith('-'))
  return kept.map((line) => `${line.slice(1)}\n`).join('')
}

function isOf(path: string, asked: URLSearchParams): boolean {
  const agent = asked.get('agent')
  const subtask = asked.get('subtask')
  const known = agent ?? (subtask ? `agent-${subtask}` : undefined)
  return known === undefined || (byAgent[known] ?? []).includes(path)
}

export function listChanges(asked: URLSearchParams): {
  from: string
  to: string
  files: FileChange[]
} {
  const files = Object.entries(all).filter(([path]) => isOf(path, asked))
  return {
    ...{ from: 'a'.repeat(40), to: 'b'.repeat(40) },
    files: files.map(([path, { status, from, binary, body }]) => ({
      path,
      status,
      added: count(body, '+'),
      deleted: count(body, '-'),
      oid: new Bun.CryptoHasher('sha1').update(body + path).digest('hex'),
      ...(from ? { from } : {}),
      ...(binary ? { binary } : {}),
    })),
  }
}

/** The whole diff of one file or of all, with every line as context. */
export function toDiff(asked: URLSearchParams): string {
  const path = asked.get('path')
  return Object.entries(all)
    .filter(([each]) => (path === null ? isOf(each, asked) : each === path))
    .map(([each, file]) => diffOf(each, file))
    .join('')
}

function diffOf(path: string, { status, from = path, binary, body }: MockFile): string {
  const old = status === 'A' ? '/dev/null' : `a/${from}`
  const next = status === 'D' ? '/dev/null' : `b/${path}`
  const head = `diff --git a/${from} b/${path}\n`
  if (binary) return `${head}new file mode 100644\nBinary files ${old} and ${next} differ\n`
  const rest = count(body, ' ')
  const [before, after] = [count(body, '-') + rest, count(body, '+') + rest]
  const hunk = `@@ -${before ? 1 : 0},${before} +${after ? 1 : 0},${after} @@\n`
  const moved = status === 'R' ? `rename from ${from}\nrename to ${path}\n` : ''
  return `${head}${moved}--- ${old}\n+++ ${next}\n${hunk}${body}\n`
}

export function listFiles(asked: URLSearchParams): FileList {
  const paths = [...Object.keys(plain), ...Object.keys(all)].filter(
    (path) => all[path]?.status !== 'D' && (path in plain || isOf(path, asked)),
  )
  const entry = (name: string) => ({
    name,
    size: content(name)?.length ?? 0,
    type: 'file' as const,
  })
  return { input: [entry('spec.md')], output: [], workspace: paths.sort().map(entry) }
}

export const listLiveChanges = (agent: string): LiveChanges => ({
  from: 'a'.repeat(40),
  to: 'd'.repeat(40),
  files: listChanges(new URLSearchParams({ agent })).files,
  at: new Date().toISOString(),
  running: true,
  skipped: [
    { path: 'dump.rdb', size: 48_200_000, reason: 'large' },
    { path: 'vendor/lua/', size: 0, reason: 'repository' },
  ],
  left_out: 2,
})

export const work: Work[] = [
  { kind: 'all', id: '', commit: 'b'.repeat(40), merged: true },
  ...Object.keys(byAgent).map(
    (agent): Work => ({
      ...{ kind: 'agent', id: agent, agent_id: agent, subtask_id: agent.slice('agent-'.length) },
      commit: 'c'.repeat(40),
      merged: agent !== 'agent-redis-store',
    }),
  ),
]

/** A download, or the part of it that is asked for. */
export function sendFile(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url)
  const path = searchParams.get('path') ?? decodeURIComponent(pathname.split('/files/')[1] ?? '')
  const text = content(path)
  if (text === undefined)
    return Response.json(
      { error: `There is no file ${path}.`, code: 'file.not-found' },
      { status: 404 },
    )
  const bytes = new TextEncoder().encode(text)
  const etag = `"${new Bun.CryptoHasher('sha1').update(bytes).digest('hex')}"`
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304 })
  const headers = { ETag: etag, 'Content-Type': 'application/octet-stream' }
  const end = /^bytes=0-(\d+)$/.exec(request.headers.get('range') ?? '')?.[1]
  if (end === undefined || bytes.length === 0) return new Response(bytes, { headers })
  const last = Math.min(bytes.length - 1, Number(end))
  const range = { ...headers, 'Content-Range': `bytes 0-${last}/${bytes.length}` }
  return new Response(bytes.slice(0, last + 1), { status: 206, headers: range })
}

/** A name and no content: enough to see that a download begins. */
export const sendArchive = (): Response =>
  new Response(Bun.gzipSync(new Uint8Array(1024)), {
    headers: {
      'Content-Type': 'application/gzip',
      'Content-Disposition': 'attachment; filename="workspace.tar.gz"',
    },
  })
