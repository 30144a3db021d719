/**
 * An installation for the browser tests, in a process of its own (Playwright runs on Node): the built binary on one port for
 * good, a scripted model, and a small control server through which a test pulls the plug and holds the model's answers.
 * Prints `{"control": url, "url": url}` and ends with its stdin.
 */

import type { Hold } from '../support/product-model.ts'
import { startWorld } from '../support/product-world.ts'
import { stories } from './stories.ts'

const port = freePort()
const world = await startWorld({ stories, port })
const holds = new Map<string, Hold>()

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
}

const control = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const [verb = '', id = ''] = new URL(request.url).pathname.split('/').slice(1)
    const run = verbs[verb]
    if (!run) return new Response('unknown', { status: 404 })
    await run(id, request)
    return new Response('done')
  },
})
console.log(JSON.stringify({ control: control.url.origin, url: world.product.url }))

for await (const _ of Bun.stdin.stream());
await control.stop(true)
await world[Symbol.asyncDispose]()
process.exit(0)

function freePort(): number {
  const probe = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  const { port: free } = probe
  void probe.stop(true)
  return free ?? 0
}
