/**
 * An installation for the browser tests, in a process of its own (Playwright runs on Node): the built binary on one port for
 * good, a scripted model, and a small control server through which a test pulls the plug and holds the model's answers.
 * Prints `{"control": url, "url": url}` and ends with its stdin.
 */

import type { CheckState, ForgeKind } from '#contract/delivery.ts'
import { commitTo, type ForgeWorld, serveForge } from '../support/forges/world.ts'
import type { Hold } from '../support/product-model.ts'
import { gitOut, startWorld } from '../support/product-world.ts'
import { guide, stories } from './stories.ts'

const port = freePort()
const world = await startWorld({ stories, port })
const holds = new Map<string, Hold>()

/** What a test says to a forge of the stage. */
type Said = {
  check?: { name: string; state: CheckState; about: string; log?: string }
  remark?: { author: string; body: string; path: string; line: number }
}

const forges = new Map<string, ForgeWorld>()
const forgeOf = (kind: string): ForgeWorld => {
  const found = forges.get(kind)
  if (!found) throw new Error(`there is no ${kind} yet`)
  return found
}

type Body = { task: string; agent: string; round?: number; step?: number }

const verbs: Record<string, (id: string, request: Request) => Promise<unknown>> = {
  async kill() {
    await world.product.kill()
  },
  async restart() {
    await world.restart()
  },
  async hold(id, request) {
    // Only our own tests ask.
    holds.set(id, world.model.hold((await request.json()) as Body))
  },
  async reached(id) {
    await holds.get(id)?.reached
  },
  async open(id) {
    holds.get(id)?.open()
  },
  async forge(kind) {
    const forge = await serveForge(kind as ForgeKind)
    commitTo(forge.dir, 'main', { 'guide.md': guide })
    forges.set(kind, forge)
    return { url: forge.url, token: forge.token }
  },
  /** What is new at the forge, about the head of its last pull request. */
  async tell(kind, request) {
    const forge = forgeOf(kind)
    const { check, remark } = (await request.json()) as Said
    const pull = forge.pulls.length
    if (check) {
      const commit = forge.tip(forge.pull(pull).head) ?? ''
      forge.checks.push({ commit, url: 'https://ci.example.com/7', ...check })
    }
    const at = new Date(Date.now() - 600_000).toISOString()
    if (remark) forge.remarks.push({ id: forge.remarks.length + 1, pull, at, ...remark })
  },
  async pulls(kind) {
    const forge = forgeOf(kind)
    return forge.pulls.map((pull) => ({
      ...pull,
      files: gitOut(forge.dir, 'ls-tree', '-r', '--name-only', pull.head).split('\n'),
    }))
  },
  /** A file at the head of the last pull request. */
  async file(kind, request) {
    const forge = forgeOf(kind)
    const { path } = (await request.json()) as { path: string }
    return gitOut(forge.dir, 'show', `${forge.pull(forge.pulls.length).head}:${path}`)
  },
}

const control = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const [verb = '', id = ''] = new URL(request.url).pathname.split('/').slice(1)
    const run = verbs[verb]
    if (!run) return new Response('unknown', { status: 404 })
    return Response.json((await run(id, request)) ?? null)
  },
})
console.log(JSON.stringify({ control: control.url.origin, url: world.product.url }))

for await (const _ of Bun.stdin.stream());
await control.stop(true)
for (const forge of forges.values()) await forge[Symbol.asyncDispose]()
await world[Symbol.asyncDispose]()
process.exit(0)

function freePort(): number {
  const probe = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  const { port: free } = probe
  void probe.stop(true)
  return free ?? 0
}
